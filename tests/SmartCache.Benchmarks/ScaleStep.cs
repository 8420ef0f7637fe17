using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>What a second process of <see cref="Scale"/> does on the cache in <see cref="BenchmarkOptions.Directory"/>; prints one number.</summary>
internal static class ScaleStep
{
    private const int LookUps = 5_000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        await using var cache = BenchCache.Open(options.Directory);
        var result = options.Step switch
        {
            "first" => await FirstLookUpAsync(cache),
            "first-busy" => await FirstLookUpBesideCleanupAsync(cache),
            "index" => await IndexAsync(cache),
            "memory" => await MemoryAsync(cache, options.Entries ?? 1),
            "cleanup" => await CleanupAsync(cache),
            "hit" => await LookUpAsync(async () => await (await cache.Sources.TryGetAsync(ScaleCache.Key(0)))!.DisposeAsync()),
            "miss" => await LookUpAsync(async () => Unexpected(await cache.Sources.TryGetAsync(ScaleCache.Key(int.MaxValue)))),
            "profile-hit" => await LookUpAsync(async () => await (await cache.Profiles.TryGetAsync(ScaleCache.ProfileKeyOf(FirstProfile(options), options.Entries ?? 2)))!.DisposeAsync()),
            "profile-miss" => await LookUpAsync(async () => Unexpected(await cache.Profiles.TryGetAsync(ScaleCache.ProfileKeyOf(int.MaxValue, options.Entries ?? 2)))),
            "passes" => await PassesAsync(cache),
            _ => throw new ArgumentException("Unknown step."),
        };
        Console.WriteLine(result.ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>Milliseconds of the first look-up, beside the clean-up that a hosted worker begins with.</summary>
    private static async Task<double> FirstLookUpBesideCleanupAsync(CacheManager cache)
    {
        var cleaning = Task.Run(() => cache.CleanupAsync());
        var took = await FirstLookUpAsync(cache);
        await cleaning;
        return took;
    }

    private static async Task<double> FirstLookUpAsync(CacheManager cache)
    {
        var started = Stopwatch.GetTimestamp();
        await using var found = await cache.Sources.TryGetAsync(ScaleCache.Key(0));
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return found is null ? throw new InvalidOperationException("The entry was not found.") : took;
    }

    /// <summary>Seconds of processor time of a whole clean-up of a new process.</summary>
    private static async Task<double> CleanupAsync(CacheManager cache)
    {
        var before = Environment.CpuUsage.TotalTime;
        await cache.CleanupAsync();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <summary>Microseconds of a look-up, as a median.</summary>
    private static async Task<double> LookUpAsync(Func<ValueTask> lookUp) =>
        (await Samples.TakeAsync(LookUps, () => lookUp().AsTask(), warmUp: 300)).P50.TotalMicroseconds;

    private static int FirstProfile(BenchmarkOptions options) => Math.Max(1, (options.Entries ?? 2) / 4);

    private static void Unexpected(object? found)
    {
        if (found is not null)
        {
            throw new InvalidOperationException("Something was found that is not there.");
        }
    }

    /// <summary>Milliseconds until a new process knows every entry: the first count of its evictor.</summary>
    private static async Task<double> IndexAsync(CacheManager cache)
    {
        var started = Stopwatch.GetTimestamp();
        await cache.Cleaner.RelieveAsync(CancellationToken.None);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Bytes of managed memory per entry that stay when the index and the advisor's state are there.</summary>
    private static async Task<double> MemoryAsync(CacheManager cache, int entries)
    {
        // One look-up first: what the process itself needs is no entry's.
        await (await cache.Sources.TryGetAsync(ScaleCache.Key(0)))!.DisposeAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await cache.CleanupAsync();

        // This may go on in the midst of the clean-up's last call, whose frames below still hold its list of entries, 250 bytes each. A timer begins on a
        // stack of its own.
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        for (var job = 0; job < entries / 8; job++)
        {
            var name = job.ToString(CultureInfo.InvariantCulture);
            cache.SourceStore.Layer.Events.Observe(new CacheEvent(CacheEventKind.Requested, DateTimeOffset.UtcNow) { JobId = name, Key = ScaleCache.Key(job).Name });
            cache.ProfileStore.Layer.Events.Observe(new CacheEvent(CacheEventKind.Requested, DateTimeOffset.UtcNow) { JobId = name, Key = "p" + name, EntryKind = EntryKind.Profile });
        }

        return (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)entries;
    }

    /// <summary>One pass after the other until the other side closes the input; how many there were.</summary>
    private static async Task<double> PassesAsync(CacheManager cache)
    {
        var stop = Task.Run(static () => Console.In.ReadToEnd());
        var passes = 0;
        await cache.Cleaner.RelieveAsync(CancellationToken.None);
        Console.WriteLine("running");
        while (!stop.IsCompleted)
        {
            await cache.Cleaner.RelieveAsync(CancellationToken.None);
            passes++;
        }

        return passes;
    }
}
