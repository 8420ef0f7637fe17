using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>One operation on a cache of its own: its directories, its container, and what was logged.</summary>
internal sealed class StepCase(string root) : IAsyncDisposable
{
    public const int Source = 5;
    public const long Room = 100_000_000;
    private const ulong Seed = 7;

    private readonly List<string> _log = [];
    private ServiceProvider? _services;
    private LineFile? _ledger;
    private int _serial;

    public static Content Content { get; } = new(Seed, 4_000_000);

    public RunPaths Paths { get; } = new(root);

    public CacheManager Cache => Get<CacheManager>();

    /// <summary>Something that an operation keeps from its preparation.</summary>
    public IAsyncDisposable? Held { get; set; }

    /// <summary>Warnings and errors that the cache logged.</summary>
    public string[] Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    public string NewWork()
    {
        var path = Path.Combine(Paths.Work(0), Interlocked.Increment(ref _serial).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>A new container: what a worker has in memory is gone.</summary>
    public async Task OpenAsync(long maxSize = Room, string? history = null, TimeProvider? time = null, string? confirmationsFlush = null, string? materialize = null, bool checkpoints = false, bool shares = false, bool isStoreDown = false)
    {
        await CloseAsync();
        Paths.Make();
        _ledger = new LineFile(Paths.Ledger);
        _services = TortureServices.Build(Paths, Content, maxSize, new SplitMix(1), _ledger, static what => throw new WrongBytesException(what), Note, hurries: true, history, time: time, confirmationsFlush: confirmationsFlush, materialize: materialize, checkpoints: checkpoints, store: shares ? new FolderStore(Paths.Bucket) { IsDown = isStoreDown } : null);
    }

    /// <summary>Notes what holds from now on. Not where a fault was told: then the operation has said that it may have failed.</summary>
    public void Give(params ReadOnlySpan<Promise> promises)
    {
        if (Log.Length == 0)
        {
            using var ledger = new LineFile(Paths.Promises);
            foreach (var promise in promises)
            {
                ledger.Add(promise.Name);
            }
        }
    }

    /// <summary>The same where the operation's own fault is told, because it is what the operation is about.</summary>
    public void GiveAnyway(Promise promise)
    {
        using var ledger = new LineFile(Paths.Promises);
        ledger.Add(promise.Name);
    }

    public async Task<CacheOutcome> DownloadAsync(int source = Source, CacheUse use = CacheUse.Use, bool flushes = true, IProgress<StageProgress>? progress = null)
    {
        var video = await Get<IVideoDownloader>().DownloadAsync(new DownloadRequest(Content.Url(source), Path.Combine(NewWork(), "video.mp4")) { Use = use }, progress);
        if (flushes)
        {
            await Cache.FlushAsync();
        }

        return File.ReadAllBytes(video.Path).AsSpan().SequenceEqual(Content.Source(source)) ? video.Outcome : throw new WrongBytesException($"source, {video.Outcome}");
    }

    public async Task<CacheOutcome> EncodeAsync(int source = Source, string profile = "720p", CacheUse use = CacheUse.Use, bool flushes = true)
    {
        var path = Path.Combine(NewWork(), "video.mp4");
        await File.WriteAllBytesAsync(path, Content.Source(source));
        var encoded = await Get<IProfileEncoder>().EncodeAsync(new EncodeRequest(new DownloadedVideo(path, Content.LengthOf(source)), new EncodingProfile(profile), Path.Combine(NewWork(), "out")) { Use = use });
        if (flushes)
        {
            await Cache.FlushAsync();
        }

        foreach (var (name, bytes) in Content.Profile(Content.HashOf(source), profile))
        {
            if (!(await File.ReadAllBytesAsync(Path.Combine(encoded.Directory, name))).AsSpan().SequenceEqual(bytes))
            {
                throw new WrongBytesException($"profile, {name}, {encoded.Outcome}");
            }
        }

        return encoded.Outcome;
    }

    /// <summary>A session on the tree that <see cref="UploadAsync"/> sends, of whoever sends it by hand.</summary>
    public async Task<IUploadSession> OpenSessionAsync() =>
        await Cache.Uploads.OpenAsync(new UploadRequest("by hand", await MakeTreeAsync()) { Target = StubUploader.Targets[0] });

    public async Task<CacheOutcome> UploadAsync(bool flushes = true)
    {
        var tree = await MakeTreeAsync();

        // The stub fails one upload in five; the retry is part of the operation.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var result = await Get<IIpfsUploader>().UploadAsync(new UploadRequest(Operation.Job, tree) { Target = StubUploader.Targets[0] });
                if (flushes)
                {
                    await Cache.FlushAsync();
                }

                return result.Outcome;
            }
            catch (UploadFailedException) when (attempt < 10)
            {
            }
        }
    }

    public async Task CloseAsync()
    {
        if (Held is not null)
        {
            await Held.DisposeAsync();
            Held = null;
        }

        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        _ledger?.Dispose();
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<string> MakeTreeAsync()
    {
        var tree = NewWork();
        foreach (var (name, bytes) in Content.Profile(Content.HashOf(Source), "480p"))
        {
            await File.WriteAllBytesAsync(Path.Combine(tree, name), bytes);
        }

        return tree;
    }

    private void Note(LogLevel level, string line)
    {
        if (level >= LogLevel.Warning)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}
