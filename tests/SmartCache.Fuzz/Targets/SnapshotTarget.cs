using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>Index snapshots with the memory of each eviction policy, and the order of eviction after reading them.</summary>
internal sealed class SnapshotTarget : IFuzzTarget
{
    private static readonly string[] Policies = ["LRU", "FIFO", "SIZE", "COST"];
    private static readonly DateTimeOffset[] Stamps = [DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), DateTimeOffset.MaxValue];

    /// <summary>What a machine's clock can say, when it is wrong.</summary>
    private static readonly DateTimeOffset[] Clocks = [DateTimeOffset.UnixEpoch, Stamps[2], new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero)];

    private readonly FuzzCache _cache;
    private readonly byte[][] _valid;

    public SnapshotTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _cache.Manager.SourceStore.Layer.Directory.EnsureOpen();
        _valid = [.. corpus.Of("metadata.json"), WithCost()];
    }

    public string Name => "snapshot";

    public int Weight => 8;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        var layer = _cache.Manager.SourceStore.Layer;
        var path = Path.Combine(layer.Directory.Root, "metadata.json");
        var bytes = random.Pick(_valid);
        File.WriteAllBytes(path, random.Chance(30) ? ByteMutator.Mutate(bytes, random.Pick(_valid), random) : JsonMutator.Mutate(bytes, random));
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        var snapshot = IndexSnapshot.Read(layer.Directory, pulse);
        new EntryIndex(layer.Entries).Recall(snapshot.Entries);
        if (snapshot.Eviction is not { } state)
        {
            return;
        }

        var advisor = new EvictionAdvisor(Policy(random.Pick(Policies)), JobProtection.Default, _cache.Log);
        advisor.LoadState(state);
        var now = random.Pick(Clocks);
        advisor.Observe(new CacheEvent(CacheEventKind.Requested, now) { Key = "k", EntryKind = EntryKind.Source, Size = 1, JobId = "job" });
        var candidates = Enumerable.Range(0, 4).Select(i => new EvictionCandidate
        {
            Key = $"{i:x32}", Kind = EntryKind.Source, Size = random.Pick([0, 1, long.MaxValue, -1L]), CostSeconds = random.Pick<double?>([null, 0, 1e300, double.NaN]), Created = random.Pick(Stamps), LastAccess = random.Pick(Stamps),
        }).ToArray();
        var plan = advisor.Plan(candidates, now);
        var victims = 0;
        while (plan.TryNext(out var victim, out _))
        {
            plan.ReportRemoved(victim);
            victims++;
        }

        FuzzFailureException.Unless(victims == candidates.Length, "an entry can never be evicted");
        var saved = advisor.SaveState();
        IndexSnapshot.Write(layer.Directory, [], saved, DateTimeOffset.UtcNow, pulse);
        FuzzFailureException.Unless(IndexSnapshot.Read(layer.Directory, pulse).Eviction is not null, "a saved state does not come back");
    }

    private static IEvictionPolicy Policy(string name) => new EvictionPolicyCatalog([]).TryFind(name, out var found) ? found : new LruPolicy();

    /// <summary>A snapshot with a memory of finished jobs, which the default policy does not have.</summary>
    private byte[] WithCost()
    {
        var layer = _cache.Manager.SourceStore.Layer;
        var advisor = new EvictionAdvisor(Policy("COST"), JobProtection.Default, _cache.Log);
        var jobs = new UnfinishedJobs(TimeSpan.FromDays(7), told => advisor.Observe(told));
        var time = DateTimeOffset.UtcNow.AddDays(-1);
        for (var i = 0; i < 20; i++)
        {
            jobs.Observe(new CacheEvent(CacheEventKind.Requested, time.AddMinutes(i)) { Key = $"k{i % 7}", EntryKind = i % 2 == 0 ? EntryKind.Source : EntryKind.Profile, Size = 1000 + i, CostSeconds = i, JobId = $"job{i % 5}" });
        }

        jobs.Observe(new CacheEvent(CacheEventKind.JobCompleted, time.AddHours(1)) { JobId = "job1" });
        var entries = Enumerable.Range(0, 3).Select(i => new StoredEntry($"{i:x32}", 4096, i, time, time) { Inode = (ulong)(i + 100) }).ToList();
        IndexSnapshot.Write(layer.Directory, entries, advisor.SaveState(), time, OperationPulse.Unwatched(CancellationToken.None));
        return File.ReadAllBytes(Path.Combine(layer.Directory.Root, "metadata.json"));
    }
}
