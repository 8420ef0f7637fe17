using SmartCache.Maintenance;

namespace SmartCache.Fuzz.Targets;

/// <summary>How far the background verification is, as a file says it.</summary>
internal sealed class VerificationTarget : IFuzzTarget
{
    private static readonly DateTimeOffset[] Clocks = [DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), DateTimeOffset.MaxValue];

    private readonly FuzzCache _cache;
    private readonly byte[] _valid;

    public VerificationTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _valid = corpus.Of("verification.json")[0];
        _cache.Manager.SourceStore.Layer.Directory.EnsureOpen();
    }

    public string Name => "verification";

    public int Weight => 5;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        var layer = _cache.Manager.SourceStore.Layer;
        File.WriteAllBytes(Path.Combine(layer.Directory.Root, "verification.json"), random.Chance(30) ? ByteMutator.Mutate(_valid, _valid, random) : JsonMutator.Mutate(_valid, random));
        if (VerificationState.Read(layer.Directory) is { } state)
        {
            FuzzFailureException.Unless(state is { Entries: >= 0, Bytes: >= 0, Quarantined: >= 0 }, "a round of less than nothing");
            var now = random.Pick(Clocks);
            state.IsDue(TimeSpan.FromDays(7), now);
            state.Write(layer.Directory);
            FuzzFailureException.Unless(VerificationState.Read(layer.Directory) == state, "a state does not come back as it was");
        }

        if (random.Chance(5))
        {
            foreach (var verifier in _cache.Manager.Verifiers)
            {
                verifier.RunAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }

            var faults = _cache.Log.TakeFaults();
            FuzzFailureException.Unless(faults.Length == 0, $"a verification state is a fault: {string.Join("; ", faults)}");
        }
    }
}
