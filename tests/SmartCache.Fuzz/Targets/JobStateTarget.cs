using SmartCache.Jobs;

namespace SmartCache.Fuzz.Targets;

/// <summary>States of jobs: read one by one, in a list, changed, as what protects entries, and expired.</summary>
internal sealed class JobStateTarget : IFuzzTarget
{
    private readonly FuzzCache _cache;
    private readonly byte[] _valid;
    private readonly string _path;

    public JobStateTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _valid = corpus.Of("uploads/job-")[0];
        _path = Path.Combine(_cache.Settings.Current.UploadsDirectory, SafeJobName.Of("job") + ".json");
        _cache.Manager.CleanupAsync().GetAwaiter().GetResult(); // makes the cache, which would refuse a directory that holds something
    }

    public string Name => "job state";

    public int Weight => 2;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        File.WriteAllBytes(_path, random.Chance(30) ? ByteMutator.Mutate(_valid, _valid, random) : JsonMutator.Mutate(_valid, random));
        var store = _cache.Manager.UploadStore;
        var state = store.LoadAsync("job").AsTask().GetAwaiter().GetResult();
        if (state is not null)
        {
            FuzzFailureException.Unless(
                state.Profiles.All(static pair => pair.Value is not null) && state.ProfileEntries.All(static hash => hash is not null) && state.Errors.All(static error => error is not null),
                "a state holds a null");
        }

        // What eviction reads, as eviction does it.
        _cache.Manager.CleanupAsync().GetAwaiter().GetResult();
        _cache.Manager.Jobs.EndAsync("job", finished: random.Chance(50), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var faults = _cache.Log.TakeFaults();
        FuzzFailureException.Unless(faults.Length == 0, $"a job's state is a fault: {string.Join("; ", faults)}");
        File.Delete(_path);
    }
}
