using System.Collections.Concurrent;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// Content hash and facts of a video that a stage was given. Computed once per content: waited for where the download stage is still hashing,
/// otherwise computed by one caller for all that ask at the same time, as several profiles of one job do.
/// </summary>
internal sealed class MediaResolver(SourceStore store)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<FileStamp, Lazy<Task<SourceMedia?>>> _running = new();

    /// <summary>The media; <see langword="null"/> where it could not be had, so that the stage goes on without the cache.</summary>
    public async Task<SourceMedia?> ResolveAsync(DownloadedVideo video, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (video.Media is { } known)
        {
            return known;
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

    private Task<SourceMedia?> ComputeOnce(string path)
    {
        FileFacts? facts;
        try
        {
            path = WorkerFile.Behind(path);
            facts = FileSystem.Current.Stat(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            facts = null;
        }

        if (facts is not { Kind: FileKind.Regular } file)
        {
            return Task.FromResult<SourceMedia?>(null);
        }

        var key = FileStamp.Of(file);
        return _running.GetOrAdd(key, _ => new Lazy<Task<SourceMedia?>>(() => store.Layer.Saves.Run(stopping => ComputeAsync(path, file, key, stopping)))).Value;
    }

    private async Task<SourceMedia?> ComputeAsync(string path, FileFacts file, FileStamp key, CancellationToken stopping)
    {
        try
        {
            // Where the source layer is off or was passed by, nobody has looked at it yet.
            var hash = await store.Content.AttemptAsync(
                "hash", null, pulse => SourceAcceptance.Refuse(path, null) is null ? store.Layer.Hasher.HashFile(path, pulse, out file) : null, stopping).ConfigureAwait(false);
            return hash is null ? null : await store.Learned.LearnAsync(hash, key.Length, path, file, remember: true, anew: false, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
