using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>The profile layer, with a profile of 200 segments and a playlist.</summary>
internal sealed class ProfileRows(CacheManager cache, OriginalDesign baseline, Scratch scratch, bool quick)
{
    public const int Segments = 200;
    private const string Recipe = "720p";
    private readonly MovingEncoder _inner = new(Segments);
    private readonly string _output = scratch["work-720p"];
    private DownloadedVideo? _source;
    private MaterializedBy _how;
    private double _backgroundSeconds;

    private EncodeRequest Request => new(_source!, new EncodingProfile(Recipe), _output);

    public async Task PublishAsync(ResultTable table, string source, string profile)
    {
        var media = await HashAsync(source);
        _source = new DownloadedVideo(source, media.Length) { Media = media };
        var copied = await Samples.TakeAsync(quick ? 1 : 2, () => Task.Run(() => baseline.AddProfile(source, Recipe, profile)));
        var encoder = new CachingProfileEncoder(_inner, cache);
        var onPath = new Samples();
        var key = ProfileKey.From(media, TestFiles.Recipe(Recipe, Segments));
        for (var i = 0; i < (quick ? 2 : 3); i++)
        {
            if (i > 0)
            {
                await cache.Profiles.RemoveAsync(key);
                await cache.CleanupAsync();
                Directory.Move(_output, profile);
            }

            _inner.Origin = profile;
            var processor = ProcessorClock.OfProcess();
            var started = Stopwatch.GetTimestamp();
            await encoder.EncodeAsync(Request);
            onPath.Add(Stopwatch.GetElapsedTime(started) - _inner.Inner);
            await cache.FlushAsync();
            _backgroundSeconds = (ProcessorClock.OfProcess() - processor).TotalSeconds;
        }

        _inner.Origin = null;
        table.Add("publish a profile of 200 segments of 1 MB: time on the job's path (10 ms of it as above)", onPath, copied);
    }

    public async Task HitAsync(ResultTable table)
    {
        Directory.Delete(_output, recursive: true);
        var encoder = new CachingProfileEncoder(_inner, cache);
        void Remove()
        {
            if (Directory.Exists(_output))
            {
                Directory.Delete(_output, recursive: true);
            }
        }

        var hits = await Samples.TakeAsync(quick ? 30 : 200, () => encoder.EncodeAsync(Request), Remove, warmUp: 10);
        var copied = await Samples.TakeAsync(quick ? 1 : 2, () => Task.Run(() => OriginalDesign.CopyOut(baseline.FindProfile(_source!.Path, Recipe)!, _output)), Remove);
        table.Add("hit: profile of 200 segments of 1 MB through CachingProfileEncoder", hits, copied, TimeSpan.FromMilliseconds(15));

        var key = ProfileKey.From(_source!.Media!, TestFiles.Recipe(Recipe, Segments));
        var looked = await Samples.TakeAsync(quick ? 200 : 1000, () => LookUpAsync(key), warmUp: 100);
        var hashed = await Samples.TakeAsync(1, () => Task.Run(() => baseline.FindProfile(_source.Path, Recipe)));
        table.Add("look-up: TryGetAsync of a profile of 200 files with its lease, and dispose", looked, hashed, TimeSpan.FromMilliseconds(2));

        var missing = ProfileKey.From(_source.Media!, TestFiles.Recipe("1080p", Segments));
        table.Add("look-up: a profile that is not cached", await Samples.TakeAsync(quick ? 1000 : 5000, () => LookUpAsync(missing), warmUp: 500));

        Remove();
        await using var lease = await cache.Profiles.TryGetAsync(key) ?? throw new InvalidOperationException("Not a hit.");
        _how = await lease.MaterializeAsync(_output);
        Remove();
    }

    public void PrintNotes() =>
        Console.WriteLine($"- Profiles were given by {_how}. Publishing one took {_backgroundSeconds:F2} s of processor time in all.");

    private async Task<SourceMedia> HashAsync(string source)
    {
        await using var lease = await cache.Sources.AddAsync(SourceKey.From(new DownloadRequest("https://videos.example/again.mp4", source)), source);
        return lease?.Media ?? throw new InvalidOperationException("The source was not stored.");
    }

    private async Task LookUpAsync(ProfileKey key)
    {
        if (await cache.Profiles.TryGetAsync(key) is { } lease)
        {
            await lease.DisposeAsync();
        }
    }
}
