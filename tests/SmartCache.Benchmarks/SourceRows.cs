using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>The source layer.</summary>
internal sealed class SourceRows(CacheManager cache, OriginalDesign baseline, Scratch scratch, bool quick)
{
    private const string Url = "https://videos.example/source.mp4";
    private const string OtherUrl = "https://videos.example/other.mp4";
    private readonly MovingDownloader _inner = new();
    private readonly string _destination = scratch["work.mp4"];
    private string _size = "";
    private MaterializedBy _how;
    private double _backgroundSeconds;

    private DownloadRequest Request => new(Url, _destination);

    /// <summary>What a miss costs the job beyond the download, and the processor in the background.</summary>
    /// <returns>Where the source is now, with a name of its own.</returns>
    public async Task<string> PublishAsync(ResultTable table, string source)
    {
        _size = $"{new FileInfo(source).Length / 1e9:0.##} GB";
        var copied = await Samples.TakeAsync(1, () => Task.Run(() => baseline.AddSource(Url, source)));
        var downloader = new CachingVideoDownloader(_inner, cache);
        var onPath = new Samples();
        var rounds = quick ? 2 : 3;
        for (var i = 0; i < rounds; i++)
        {
            await cache.ClearAsync();
            if (i > 0)
            {
                // Deleted in the cache by now: its name in the work directory is the only one again.
                File.Move(_destination, source);
            }

            _inner.Origin = source;

            var processor = ProcessorClock.OfProcess();
            var started = Stopwatch.GetTimestamp();
            await downloader.DownloadAsync(Request);
            onPath.Add(Stopwatch.GetElapsedTime(started) - _inner.Inner);
            await cache.FlushAsync();
            _backgroundSeconds = (ProcessorClock.OfProcess() - processor).TotalSeconds;
        }

        _inner.Origin = null;
        table.Add($"publish a source of {_size}: time on the job's path (10 ms of it wait for a settled time stamp)", onPath, copied);
        return _destination;
    }

    public async Task HitAsync(ResultTable table)
    {
        var downloader = new CachingVideoDownloader(_inner, cache);
        var hits = await Samples.TakeAsync(quick ? 100 : 1000, () => downloader.DownloadAsync(Request), () => File.Delete(_destination), warmUp: 50);
        var copied = await Samples.TakeAsync(
            quick ? 1 : 2,
            () => Task.Run(() => OriginalDesign.CopyOut(baseline.FindSource(Url)!, _destination)),
            () => File.Delete(_destination));
        table.Add($"hit: source of {_size} through CachingVideoDownloader", hits, copied, TimeSpan.FromMilliseconds(1));

        var key = SourceKey.From(Request);
        var looked = await Samples.TakeAsync(quick ? 2000 : 10_000, () => LookUpAsync(key), warmUp: 2000);
        var hashed = await Samples.TakeAsync(1, () => Task.Run(() => baseline.FindSource(Url)));
        table.Add("look-up: TryGetAsync of a source with its lease, and dispose", looked, hashed, TimeSpan.FromMicroseconds(60));

        var missing = SourceKey.From(new DownloadRequest(OtherUrl, _destination));
        var missed = await Samples.TakeAsync(quick ? 2000 : 10_000, () => LookUpAsync(missing), warmUp: 500);
        var notFound = await Samples.TakeAsync(200, () => Task.Run(() => baseline.FindSource(OtherUrl)), warmUp: 10);
        table.Add("look-up: a source that is not cached", missed, notFound);

        File.Delete(_destination);
        await using var lease = await cache.Sources.TryGetAsync(key) ?? throw new InvalidOperationException("Not a hit.");
        _how = await lease.MaterializeAsync(_destination);
    }

    public void PrintNotes()
    {
        Console.WriteLine();
        Console.WriteLine($"- Sources were given by {_how}. Publishing {_size} took {_backgroundSeconds:F2} s of processor time in all, nearly all of it SHA-256 in the background.");
    }

    private async Task LookUpAsync(SourceKey key)
    {
        if (await cache.Sources.TryGetAsync(key) is { } lease)
        {
            await lease.DisposeAsync();
        }
    }
}
