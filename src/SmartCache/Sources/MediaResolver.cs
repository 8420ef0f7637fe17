using System.Collections.Concurrent;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage.Platform;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>
/// Content hash and facts of a video that a stage was given. Computed once per content: waited for where the download stage is still hashing,
/// otherwise computed by one caller for all that ask at the same time, as several profiles of one job do.
/// </summary>
internal sealed class MediaResolver(SourceStore store)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<FileState, Lazy<Task<LearnedMedia>>> _running = new();

    /// <summary>The media, or why it could not be had, so that the stage goes on without the cache.</summary>
    public async Task<LearnedMedia> ResolveAsync(DownloadedVideo video, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (video.Media is { } known)
        {
            return new LearnedMedia(known, default);
        }

        var pending = video.PendingMedia ?? ComputeOnce(video.Path);
        while (true)
        {
            try
            {
                return await pending.WaitAsync(ReportInterval, store.Layer.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!pending.IsFaulted)
            {
                // A watchdog that sees no progress kills the job.
                progress.Tell(new StageProgress("hashing"));
            }
        }
    }

    private FileSystem Files => store.Layer.Files;

    private Task<LearnedMedia> ComputeOnce(string path)
    {
        FileFacts? facts;
        try
        {
            path = WorkerFile.Behind(Files, path);
            facts = Files.Stat(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            facts = null;
        }

        if (facts is not { Kind: FileKind.Regular } file)
        {
            return Task.FromResult(LearnedMedia.Unknown(new(CacheReason.HashUnknown, "its file is not there, or is none")));
        }

        var key = FileState.Of(file);
        return _running.GetOrAdd(key, _ => new Lazy<Task<LearnedMedia>>(() => store.Layer.Saves.Run(stopping => ComputeAsync(path, file, key, stopping)))).Value;
    }

    private async Task<LearnedMedia> ComputeAsync(string path, FileFacts file, FileState key, CancellationToken stopping)
    {
        try
        {
            // Where the source layer is off or was passed by, nobody has looked at it yet.
            var why = (Reason)CacheReason.ChangedByWorker;
            var hash = await store.Content.AttemptOrSayAsync(
                "hash",
                fault =>
                {
                    why = fault;
                    return null;
                },
                pulse =>
                {
                    if (SourceAcceptance.Refuse(Files, path, null) is not { } refusal)
                    {
                        return store.Layer.Hasher.HashFile(path, pulse, out file);
                    }

                    why = new(CacheReason.Refused, refusal);
                    return null;
                },
                null,
                stopping).ConfigureAwait(false);
            return hash is null ? LearnedMedia.Unknown(why) : await store.Learned.LearnAsync(hash, key.Length, path, file, remember: true, anew: false, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return LearnedMedia.Unknown(CacheReason.Cancelled);
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
