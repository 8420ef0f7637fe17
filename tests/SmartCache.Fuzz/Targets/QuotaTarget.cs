using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>The account and the reservations of other writers, dead and alive.</summary>
internal sealed class QuotaTarget : IFuzzTarget
{
    private readonly FuzzCache _cache;
    private readonly LayerDirectory _directory;
    private readonly LayerDirectory _other;
    private readonly byte[] _account;
    private readonly byte[] _reservation;

    public QuotaTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _directory = new LayerDirectory("quota", Path.Combine(_cache.Root, "quota"), () => _cache.Settings.Current, FileSystem.Current);
        _other = new LayerDirectory("quota", Path.Combine(_cache.Root, "quota"), () => _cache.Settings.Current, FileSystem.Current);
        _directory.EnsureOpen();
        _other.EnsureOpen();
        _account = corpus.Of("quota/account.json")[0];
        _reservation = """{"version":1,"bytes":5000,"writes":{"1":4000}}"""u8.ToArray();
    }

    public string Name => "quota";

    public int Weight => 8;

    public void Dispose()
    {
        _directory.Dispose();
        _other.Dispose();
        _cache.Dispose();
    }

    public void Run(FuzzRandom random)
    {
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        var ledger = new SpaceLedger(_directory, _cache.Settings, new PartialsUsage(FileSystem.Current, TimeProvider.System, []));
        Write("account", _account, random);
        Write(_other.WriterId, _reservation, random);
        Write($"{random.Below(1000):x32}", _reservation, random);
        if (random.Chance(10))
        {
            Write(new string('x', random.Pick([1, 31, 240])), _reservation, random);
        }

        try
        {
            var usage = ledger.Usage(pulse);
            FuzzFailureException.Unless(usage is { Reserved: >= 0 } && usage.Counted is null or >= 0 && usage.Total >= 0, $"less than nothing is used: {usage}");
            FuzzFailureException.Unless(usage.Writes.Values.All(static bytes => bytes >= 0), "less than nothing is to be written");
            var request = new SpaceRequest(_directory, 10_000, 10_000);
            if (!ledger.TryReserve(request, pulse).Exists)
            {
                FuzzFailureException.Unless(ledger.Usage(pulse).Reserved >= 10_000, "a reservation is not counted");
                ledger.Owe(request, 4096);
                ledger.Settle(pulse);
            }
        }
        catch (NewerFormatException)
        {
            // Stores nothing beside a newer worker.
        }
    }

    private void Write(string name, byte[] valid, FuzzRandom random) =>
        File.WriteAllBytes(Path.Combine(_directory.Root, name + ".json"), random.Chance(30) ? ByteMutator.Mutate(valid, valid, random) : JsonMutator.Mutate(valid, random));
}
