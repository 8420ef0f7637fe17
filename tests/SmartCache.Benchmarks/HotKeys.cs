using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>The keys of <see cref="Contention"/>, half of them sources and half small profiles, and the four ways in which a worker hits them.</summary>
/// <param name="cache">Logs to <paramref name="log"/>.</param>
/// <param name="log">Tells how a hit was materialised.</param>
/// <param name="work">The worker's own directory.</param>
internal sealed class HotKeys(CacheManager cache, HitLog log, string work)
{
    public const int Sources = 50;
    public const int Profiles = 50;
    public const int Segments = 4;
    public const int SegmentBytes = 16 << 10;
    private const int SourceBytes = 64 << 10;

    // Every source of a profile, as a worker knows it that has looked it up.
    private static readonly SourceMedia Media = new() { ContentHash = new string('a', 64), Length = SourceBytes };

    private readonly CachingVideoDownloader _downloader = new(new MovingDownloader(), cache);
    private readonly CachingProfileEncoder _encoder = new(new MovingEncoder(Segments), cache);
    private readonly string _file = Path.Combine(work, "source.mp4");
    private readonly string _directory = Path.Combine(work, "profile");

    /// <summary>Each gives what it was; what a job does with its files afterwards is not part of it.</summary>
    public IReadOnlyList<Func<int, Task<HotRow>>> Ways => [LookUpSourceAsync, LookUpProfileAsync, DownloadAsync, EncodeAsync];

    public static async Task PublishAsync(CacheManager cache, string work)
    {
        for (var i = 0; i < Sources; i++)
        {
            var path = TestFiles.Write(Path.Combine(work, "published.mp4"), SourceBytes, seed: i);
            await using var lease = await cache.Sources.AddAsync(SourceKey.From(Request(i, path)), path) ?? throw new InvalidOperationException("A source was not stored.");
            File.Delete(path);
        }

        for (var i = 0; i < Profiles; i++)
        {
            var path = Path.Combine(work, "published");
            TestFiles.WriteProfile(path, Segments, SegmentBytes, seed: i);
            await using var lease = await cache.Profiles.AddAsync(KeyOfProfile(i), TestFiles.Describe(NameOf(i), path)) ?? throw new InvalidOperationException("A profile was not stored.");
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>
    /// As a job does at its end, but for its directory: on a file system that is mounted with <c>discard</c> every <c>rmdir</c> waits for the disk, and workers that
    /// sleep there do not compete for a core, so that the CPU loop is no yardstick any more.
    /// </summary>
    public void CleanUp()
    {
        File.Delete(_file);
        foreach (var file in Directory.Exists(_directory) ? Directory.GetFiles(_directory) : [])
        {
            File.Delete(file);
        }
    }

    private async Task<HotRow> LookUpSourceAsync(int key)
    {
        if (await cache.Sources.TryGetAsync(SourceKey.From(Request(key % Sources, _file))) is not { } lease)
        {
            return HotRow.None;
        }

        await lease.DisposeAsync();
        return HotRow.SourceLookUp;
    }

    private async Task<HotRow> LookUpProfileAsync(int key)
    {
        if (await cache.Profiles.TryGetAsync(KeyOfProfile(key % Profiles)) is not { } lease)
        {
            return HotRow.None;
        }

        await lease.DisposeAsync();
        return HotRow.ProfileLookUp;
    }

    private Task<HotRow> DownloadAsync(int key) =>
        HitAsync(async () => (await _downloader.DownloadAsync(Request(key % Sources, _file))).Outcome, HotRow.SourceLinked, HotRow.SourceCopied);

    private Task<HotRow> EncodeAsync(int key)
    {
        var source = new DownloadedVideo(_file, SourceBytes) { Media = Media };
        var request = new EncodeRequest(source, new EncodingProfile(NameOf(key % Profiles)), _directory);
        return HitAsync(async () => (await _encoder.EncodeAsync(request)).Outcome, HotRow.ProfileLinked, HotRow.ProfileCopied);
    }

    // The stages behind the decorators throw: nothing here may reach them.
    private async Task<HotRow> HitAsync(Func<Task<CacheOutcome>> stage, HotRow linked, HotRow copied)
    {
        log.How = null;
        try
        {
            return (await stage(), log.How) switch
            {
                (CacheOutcome.Hit, MaterializedBy.Copy) => copied,
                (CacheOutcome.Hit, not null) => linked,
                _ => HotRow.None,
            };
        }
        catch (InvalidOperationException)
        {
            return HotRow.None;
        }
    }

    private static DownloadRequest Request(int source, string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1/hot/{source}.mp4"), path);

    private static string NameOf(int profile) => string.Create(CultureInfo.InvariantCulture, $"hot-{profile}");

    private static ProfileKey KeyOfProfile(int profile) => ProfileKey.From(Media, TestFiles.Recipe(NameOf(profile), Segments));
}
