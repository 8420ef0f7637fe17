using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SmartCache.Remote;

namespace SmartCache.Pool;

/// <summary>
/// Wrong packs, through the door that a job uses: <see cref="CachingVideoDownloader"/> and <see cref="CachingProfileEncoder"/> with a store in memory. Jobs want nothing
/// stored, so that each one asks the store.
/// </summary>
internal static class PoisonFigures
{
    private const int WarmUp = 1000;
    private const int LargeEvery = 400;
    private const int ControlEvery = 500;
    private const double MostMiB = 64;
    private const int MostShown = 10;

    public static async Task<int> RunAsync(string directory, int packs, int seed)
    {
        var place = new PoolPlace("", "", directory);
        var store = new LyingStore();
        var home = place.Fresh("poison");
        var work = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(number => Path.Combine(home, FormattableString.Invariant($"around-{number}"))).ToArray();
        Bait(home);
        await using var cache = PoolPlace.Cache(place.Fresh("cache"), store, configure: Configure);
        var (made, large) = (new List<Poisoned>(), LargePack.Make(place.Fresh("large")));
        foreach (var around in work)
        {
            Bait(around);
            made.Add(await MakeAsync(place, cache, store, around));
        }

        var failures = new ConcurrentQueue<string>();
        var kinds = new ConcurrentDictionary<string, int>();
        foreach (var one in made)
        {
            // The source first: an encode needs to know its content.
            await ControlAsync(one, isSource: true, failures, kinds);
            await ControlAsync(one, isSource: false, failures, kinds);
        }

        PeakMemory.Settle();
        await RunAsync(made, WarmUp, seed - WarmUp, [], failures, []);
        var before = Outside(home);
        var (began, busy, memory) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, new PeakMemory());
        await RunAsync(made, packs, seed, large, failures, kinds);
        var grown = memory.GrownMiB;
        var (took, cpu) = (Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - busy);

        var allowed = LargePack.MakeAllowed(place.Fresh("large"));
        PeakMemory.Settle();
        await RunAsync(made, WarmUp, seed - WarmUp, [], failures, []);
        memory = new PeakMemory();
        await RunAsync(made, LargeEvery, seed + packs, allowed, failures, kinds);
        var grownByAllowed = memory.GrownMiB;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: pack N again by poison DIRECTORY 1 SEED+N; {took.TotalSeconds:F0} s, {took.TotalMilliseconds / packs:F2} ms each, {cpu.TotalMilliseconds / packs:F2} ms of processor time"));
        Console.WriteLine("kinds: " + string.Join(", ", kinds.OrderByDescending(static kind => kind.Value).Select(static kind => FormattableString.Invariant($"{kind.Value} {kind.Key}"))));
        foreach (var failure in failures.Take(MostShown))
        {
            Console.WriteLine(failure);
        }

        Targets.Print($"{packs} wrong packs, downloads and encodes: not a clean miss", failures.IsEmpty, failures.Count.ToString(CultureInfo.InvariantCulture), "0");
        var right = kinds.GetValueOrDefault("right, taken");
        Targets.Print("right packs between them that were taken", right == kinds.GetValueOrDefault("right") && right > 0, right.ToString(CultureInfo.InvariantCulture), "all, and some");
        Targets.Print("memory on top at the peak, MiB", grown <= MostMiB, grown.ToString("F1", CultureInfo.InvariantCulture), $"at most {MostMiB}");
        PoolPlace.Print("the same for packs with as many files as an entry may have", grownByAllowed.ToString("F1", CultureInfo.InvariantCulture) + ", no target");
        var outside = Outside(home) == before;
        Targets.Print("files outside the destinations", outside, outside ? "as before" : "CHANGED", "as before");
        await cache.FlushAsync();
        Console.WriteLine($"wrong packs that the tier has deleted in the store: {store.Deleted}");
        return Targets.End();
    }

    /// <summary>A busy machine must not look like a store that does not answer.</summary>
    private static void Configure(CacheRemoteOptions remote) =>
        (remote.Sources, remote.MissAge, remote.LookupTimeout, remote.StallTimeout, remote.Coordinate) = ("All", "0s", "1m", "1h", "Off");

    /// <summary>Another host does the job, so that the packs are real ones.</summary>
    private static async Task<Poisoned> MakeAsync(PoolPlace place, CacheManager cache, LyingStore store, string around)
    {
        var seed = PoolPlace.NewSeed();
        var video = new byte[4000];
        new Random(seed).NextBytes(video);
        var (before, worker, work) = (store.Names.ToHashSet(), new Worker(video, 2, 600) { Seed = seed }, place.Fresh("work"));
        await using (var other = PoolPlace.Cache(place.Fresh("first"), store, configure: Configure))
        {
            await worker.RunAsync(other, work, profiles: 2);
            await other.FlushAsync();
        }

        var names = store.Names.Except(before).ToList();
        var source = names.Single(static name => name.Contains("/sources/", StringComparison.Ordinal));
        var profiles = names.Where(static name => name.Contains("/profiles/", StringComparison.Ordinal)).ToList();
        var wanted = profiles.Single(name => store[name].AsSpan().IndexOf("\"1080p\""u8) >= 0);
        var unwanted = profiles.Single(name => name != wanted);
        return new Poisoned(new PoisonedHost(cache, store, around, worker, work))
        {
            Source = source,
            Profile = wanted,
            RightSource = store[source],
            RightProfile = store[wanted],
            OfSource = new Spoils(store[source], store[unwanted], around),
            OfProfile = new Spoils(store[wanted], store[unwanted], around),
        };
    }

    private static async Task RunAsync(
        IEnumerable<Poisoned> hosts, int packs, int seed, (string Kind, LargePack Pack)[] large, ConcurrentQueue<string> failures, ConcurrentDictionary<string, int> kinds)
    {
        var next = -1;

        // One large pack at a time: what is measured is what one can do.
        using var turn = new SemaphoreSlim(1);
        await Task.WhenAll(hosts.Select(host => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < packs)
            {
                var random = new Random(unchecked(seed + number));
                var isSource = random.Next(4) == 0;
                if (number % ControlEvery == 0)
                {
                    await ControlAsync(host, isSource, failures, kinds);
                }

                var isLarge = large.Length > 0 && random.Next(LargeEvery) == 0;
                var (kind, pack) = isLarge ? large[random.Next(large.Length)] : (isSource ? host.OfSource : host.OfProfile).Next(random);
                if (isLarge)
                {
                    await turn.WaitAsync();
                }

                Count(kinds, kind);
                if (await TryAsync(() => host.Host.DoAsync(isSource ? host.Source : host.Profile, pack, isSource, isRight: false)) is { } wrong)
                {
                    failures.Enqueue(string.Create(CultureInfo.InvariantCulture, $"pack {number}, {(isSource ? "source" : "profile")}, {kind}: {wrong}"));
                }

                if (isLarge)
                {
                    turn.Release();
                }
            }
        })));
    }

    private static async Task ControlAsync(Poisoned host, bool isSource, ConcurrentQueue<string> failures, ConcurrentDictionary<string, int> kinds)
    {
        Count(kinds, "right");
        var wrong = await TryAsync(() => host.Host.DoAsync(isSource ? host.Source : host.Profile, new BytesBody(isSource ? host.RightSource : host.RightProfile), isSource, isRight: true));
        if (wrong is null)
        {
            Count(kinds, "right, taken");
        }
        else
        {
            failures.Enqueue($"a right {(isSource ? "source" : "profile")}: {wrong}");
        }
    }

    private static async Task<string?> TryAsync(Func<Task<string?>> job)
    {
        try
        {
            return await job();
        }
        catch (Exception exception)
        {
            return "the job failed, " + exception.ToString().ReplaceLineEndings(" ");
        }
    }

    private static void Count(ConcurrentDictionary<string, int> kinds, string kind) => kinds.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    /// <summary>Files that somebody else owns.</summary>
    private static void Bait(string around)
    {
        Directory.CreateDirectory(Path.Combine(around, "other"));
        File.WriteAllText(Path.Combine(around, "bait.ts"), "not yours");
        File.WriteAllText(Path.Combine(around, "other", "bait.ts"), "not yours either");
    }

    /// <summary>Names and bytes of all that is not a job's own.</summary>
    private static string Outside(string home) => string.Join('\n', Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories)
        .Where(static path => !path.Contains(Path.DirectorySeparatorChar + "work", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(static path => path + (File.Exists(path) ? " " + Convert.ToHexString(File.ReadAllBytes(path)) : "")));

    /// <summary>A host, and what its store gives it.</summary>
    private sealed record Poisoned(PoisonedHost Host)
    {
        public required string Source { get; init; }

        public required string Profile { get; init; }

        public required byte[] RightSource { get; init; }

        public required byte[] RightProfile { get; init; }

        public required Spoils OfSource { get; init; }

        public required Spoils OfProfile { get; init; }
    }
}
