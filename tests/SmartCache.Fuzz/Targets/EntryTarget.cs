using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>An entry on the disk whose manifest or payload is not what it was, behind a look-up, a clean-up's scan and a removal.</summary>
internal sealed class EntryTarget : IFuzzTarget
{
    private readonly FuzzCache _cache;
    private readonly Canaries _canaries;
    private readonly string _fifo;
    private readonly byte[][] _manifests;
    private readonly KeyValuePair<string, byte[]>[] _payload;

    public EntryTarget(string home, FuzzCorpus corpus, Canaries canaries)
    {
        _canaries = canaries;
        _cache = new FuzzCache(home);
        _fifo = Path.Combine(home, "fifo");
        PlantedThing.MakeFifo(_fifo);
        _manifests = corpus.Of("manifest.json");
        _payload = [.. corpus.Files.Where(static pair => pair.Key.StartsWith("profiles/", StringComparison.Ordinal) && pair.Key.Contains("/files/", StringComparison.Ordinal))];
        _cache.Manager.ProfileStore.Layer.Directory.EnsureOpen();
    }

    public string Name => "entry";

    public int Weight => 6;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        var layer = _cache.Manager.ProfileStore.Layer;
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        var name = $"{random.Below(int.MaxValue):x32}";
        var entry = layer.Entries.PathOf(name);
        foreach (var (path, content) in _payload)
        {
            var file = Path.Combine(entry, path[(path.IndexOf("/files/", StringComparison.Ordinal) + 1)..]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        var manifest = Path.Combine(entry, Manifest.FileName);
        File.WriteAllBytes(manifest, random.Chance(20) ? random.Pick(_manifests) : ManifestTarget.Make(_manifests, random));
        if (random.Chance(20))
        {
            PlantedThing.Plant(random.Chance(50) ? manifest : Path.Combine(entry, random.Pick(["files", "files/seg_0.ts", "files/index.m3u8", "extra"])), _canaries, _fifo, random);
        }

        try
        {
            if (random.Chance(50))
            {
                layer.Index.Read(DateTimeOffset.UtcNow, pulse);
            }

            using var lease = layer.Entries.TryLease(name, pulse, out _);
            if (lease is not null)
            {
                Check(lease);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Behind the boundary a miss.
        }

        PlantedThing.Remove(entry);
        layer.Directory.EnsureOpen();
        if (random.Chance(5))
        {
            new Maintenance.LayerSweeper(layer).Sweep(DateTimeOffset.UtcNow.AddYears(1), pulse);
        }
    }

    private static void Check(EntryLease lease)
    {
        foreach (var file in lease.Manifest.Content.Files)
        {
            var path = Path.GetFullPath(lease.PathOf(file));
            FuzzFailureException.Unless(path.StartsWith(lease.Directory + "/", StringComparison.Ordinal), "a leased path lies outside its entry");
            FuzzFailureException.Unless(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))) == file.Sha256, "a lease on wrong bytes");
        }

        if (ProfileEntry.Read(lease.Manifest.Content, "name", lease.Directory, CacheOutcome.Hit) is { } profile)
        {
            FuzzFailureException.Unless(EntryPath.IsSafe(profile.Playlist), $"the playlist '{profile.Playlist}' leads out of the profile");
            FuzzFailureException.Unless(profile.Duration is not { } duration || duration >= TimeSpan.Zero, "a negative duration");
            FuzzFailureException.Unless(profile.ExtraFiles.All(EntryPath.IsSafe), "an extra file leads out of the profile");
        }
    }
}
