using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>What a second process of <see cref="Recovery"/> does on the cache below <see cref="BenchmarkOptions.Directory"/>; prints one number.</summary>
internal static class RecoveryStep
{
    private const int Segments = 4;
    private static readonly SourceMedia Media = new() { ContentHash = new string('b', 64), Length = 1 };
    private static readonly Lock Writing = new();

    /// <summary>What was published, a line each, written when the save was done. Outside the cache.</summary>
    public static string LedgerOf(string directory) => Path.Combine(directory, "ledger");

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        await using var cache = BenchCache.Open(Path.Combine(options.Directory, "cache"));
        var result = options.Step switch
        {
            "first" => await FirstAsync(cache, ScaleCache.Key(0), isThere: true),
            "first-missing" => await FirstAsync(cache, ScaleCache.Key(-1), isThere: false),
            "count" => await CountAsync(cache, options),
            "work" => await WorkAsync(cache, options),
            _ => throw new ArgumentException("Unknown step."),
        };
        Console.WriteLine(result.ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<double> FirstAsync(CacheManager cache, SourceKey key, bool isThere)
    {
        var started = Stopwatch.GetTimestamp();
        await using var found = await cache.Sources.TryGetAsync(key);
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return found is not null == isThere ? took : throw new InvalidOperationException("The look-up found what it should not, or not what it should.");
    }

    /// <summary>Hits among all that was published before.</summary>
    private static async Task<double> CountAsync(CacheManager cache, BenchmarkOptions options)
    {
        var hits = 0;
        var entries = options.Entries ?? 0;
        foreach (var source in Enumerable.Range(0, entries / 4))
        {
            hits += await IsHitAsync(await cache.Sources.TryGetAsync(ScaleCache.Key(source)));
        }

        foreach (var profile in Enumerable.Range(entries / 4, entries - (entries / 4)))
        {
            hits += await IsHitAsync(await cache.Profiles.TryGetAsync(ScaleCache.ProfileKeyOf(profile, entries)));
        }

        foreach (var line in await File.ReadAllLinesAsync(LedgerOf(options.Directory)))
        {
            hits += line[0] == 's' ? await IsHitAsync(await cache.Sources.TryGetAsync(KeyOfSource(line))) : await IsHitAsync(await cache.Profiles.TryGetAsync(KeyOfProfile(line)));
        }

        return hits;
    }

    private static async Task<int> IsHitAsync(IAsyncDisposable? lease)
    {
        if (lease is null)
        {
            return 0;
        }

        await lease.DisposeAsync();
        return 1;
    }

    /// <summary>Publishes sources and profiles, uses them and cleans up, all at once and until it is killed.</summary>
    private static async Task<double> WorkAsync(CacheManager cache, BenchmarkOptions options)
    {
        var round = options.Entries ?? 0;

        // Each worker's own: what a killed one left may be linked into the cache, and writing into it would spoil an entry.
        var work = Directory.CreateDirectory(Path.Combine(options.Directory, $"work-{round}")).FullName;
        using var ledger = new FileStream(LedgerOf(options.Directory), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

        // Each once first, so that it is killed at work and not while it compiles.
        await PublishSourceAsync(cache, work, ledger, $"s{round}-0");
        await PublishProfileAsync(cache, work, ledger, $"p{round}-0");
        await UseAsync(cache, work, 0);
        await cache.CleanupAsync();
        Console.WriteLine("working");
        await Task.WhenAll(
            EndlesslyAsync(i => PublishSourceAsync(cache, work, ledger, $"s{round}-{i}")),
            EndlesslyAsync(i => PublishProfileAsync(cache, work, ledger, $"p{round}-{i}")),
            EndlesslyAsync(i => UseAsync(cache, work, i % 2000)),
            EndlesslyAsync(_ => cache.CleanupAsync()));
        return 0;
    }

    private static async Task EndlesslyAsync(Func<int, Task> work)
    {
        for (var i = 1; ; i++)
        {
            await work(i);
        }
    }

    private static async Task PublishSourceAsync(CacheManager cache, string work, FileStream ledger, string name)
    {
        var path = TestFiles.Write(Path.Combine(work, "published.mp4"), 20_000, name.GetHashCode(StringComparison.Ordinal));
        await using (await cache.Sources.AddAsync(KeyOfSource(name), path) ?? throw new InvalidOperationException("A source was not stored."))
        {
        }

        Note(ledger, name);
        File.Delete(path);
    }

    private static async Task PublishProfileAsync(CacheManager cache, string work, FileStream ledger, string name)
    {
        var path = Path.Combine(work, "published");
        TestFiles.WriteProfile(path, Segments, 5000, name.GetHashCode(StringComparison.Ordinal));
        await using (await cache.Profiles.AddAsync(KeyOfProfile(name), TestFiles.Describe(name, path)) ?? throw new InvalidOperationException("A profile was not stored."))
        {
        }

        Note(ledger, name);
        Directory.Delete(path, recursive: true);
    }

    private static async Task UseAsync(CacheManager cache, string work, int source)
    {
        var path = Path.Combine(work, "used.mp4");
        await using var lease = await cache.Sources.TryGetAsync(ScaleCache.Key(source)) ?? throw new InvalidOperationException("Not a hit.");
        await lease.MaterializeAsync(path);
        File.Delete(path);
    }

    // One write for each line: it survives the kill, or is not there.
    private static void Note(FileStream ledger, string name)
    {
        lock (Writing)
        {
            ledger.Write(System.Text.Encoding.UTF8.GetBytes(name + "\n"));
        }
    }

    private static SourceKey KeyOfSource(string name) => SourceKey.From(new DownloadRequest($"http://127.0.0.1/recovery/{name}.mp4", "unused"));

    private static ProfileKey KeyOfProfile(string name) => ProfileKey.From(Media, TestFiles.Recipe(name, Segments));
}
