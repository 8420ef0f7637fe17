using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>Parts of an encode whose journal or files are not what they were: what is given is a part that was recorded, byte by byte.</summary>
internal sealed class PartsTarget : IFuzzTarget
{
    private const string Layout = "fuzz/1";

    private readonly FuzzCache _cache;
    private readonly Canaries _canaries;
    private readonly string _fifo;
    private readonly ProfileKey _key = ProfileKey.From(
        new SourceMedia { ContentHash = new string('a', 64), Length = 1 }, new EncodeRecipe { Arguments = ["-a", "b c\n"], EncoderVersion = "1" });

    private readonly byte[] _journal;
    private readonly (KeptPart Part, byte[] Bytes)[] _parts;

    public PartsTarget(string home, Canaries canaries)
    {
        (_cache, _canaries, _fifo) = (new FuzzCache(home), canaries, Path.Combine(home, "fifo"));
        PlantedThing.MakeFifo(_fifo);
        _cache.Manager.ProfileStore.Layer.Directory.EnsureOpen();
        using var attempt = Store.Open(_key, new PartsRequest(Layout, "fuzz"), Pulse, out _)!;
        _parts = [.. Enumerable.Range(0, 4).Select(number => Make(attempt, number))];
        attempt.Forget(TimeSpan.FromSeconds(3), Pulse);
        _journal = File.ReadAllBytes(Path.Combine(Place, OwnNames.PartsJournal));
        PlantedThing.Remove(Place);
    }

    public string Name => "parts";

    public int Weight => 6;

    private static OperationPulse Pulse => OperationPulse.Unwatched(CancellationToken.None);

    private PartsStore Store => _cache.Manager.ProfileStore.Parts;

    private string Place => Store.PathOf(_key.Name);

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        Directory.CreateDirectory(Place);
        foreach (var (part, bytes) in _parts)
        {
            File.WriteAllBytes(Path.Combine(Place, part.FileName), random.Chance(10) ? ByteMutator.Mutate(bytes, _journal, random) : bytes);
        }

        var journal = Path.Combine(Place, OwnNames.PartsJournal);
        File.WriteAllBytes(journal, random.Chance(30) ? _journal : ByteMutator.Mutate(_journal, _journal, random));
        if (random.Chance(15))
        {
            PlantedThing.Plant(random.Chance(30) ? journal : Path.Combine(Place, random.Pick(_parts).Part.FileName), _canaries, _fifo, random);
        }

        try
        {
            using var attempt = Store.Open(_key, new PartsRequest(Layout, "fuzz"), Pulse, out _);
            foreach (var found in attempt?.Found ?? [])
            {
                FuzzFailureException.Unless(_parts.Any(made => made.Part.Start == found.Start && made.Part.Sha256 == found.Sha256), $"a part is given that nobody made: {found}");
                FuzzFailureException.Unless(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Place, found.FileName)))) == found.Sha256, $"a part with other bytes is given: {found}");
            }

            if (attempt is not null)
            {
                // Whatever was there, from here on it works.
                var next = Make(attempt, 9).Part;
                FuzzFailureException.Unless(File.Exists(Path.Combine(Place, next.FileName)), "what was just recorded is gone");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Behind the boundary no parts.
        }

        try
        {
            Store.Delete(_key.Name, Pulse);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The same.
        }

        PlantedThing.Remove(Place);
    }

    private static (KeptPart Part, byte[] Bytes) Make(AttemptParts attempt, int number)
    {
        var bytes = Enumerable.Range(0, 50 + number).Select(at => (byte)(at * number)).ToArray();
        var file = new EncodePartFile("unused", TimeSpan.FromSeconds(number), TimeSpan.FromSeconds(1)) { Facts = new Dictionary<string, string> { ["a b=%"] = "ä\n" } };
        var part = attempt.Next(file) with { Length = bytes.Length, Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), Seconds = number };
        File.WriteAllBytes(Path.Combine(attempt.Directory, part.FileName), bytes);
        FuzzFailureException.Unless(attempt.TryEnter(part, Pulse), "a part of the newest attempt was refused");
        return (part, bytes);
    }
}
