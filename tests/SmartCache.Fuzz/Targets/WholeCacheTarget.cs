using SmartCache.Storage;

namespace SmartCache.Fuzz.Targets;

/// <summary>
/// A cache of one job in which anything may have been damaged, planted or exchanged, and then a whole job, a clean-up, a verification and a count on it.
/// The job must get its bytes, and what the cache reports may only be faults of the file system, never of its own code.
/// </summary>
internal sealed class WholeCacheTarget : IFuzzTarget
{
    private static readonly string[] Excused = ["IOException", "UnauthorizedAccessException", "InvalidDataException", "FileNotFoundException", "DirectoryNotFoundException", "PathTooLongException", "NewerFormatException", "EntryChangedException"];

    private readonly string _home;
    private readonly string _fifo;
    private readonly KeyValuePair<string, byte[]>[] _files;
    private readonly Canaries _canaries;
    private FuzzCache _cache;
    private int _runs;

    public WholeCacheTarget(string home, FuzzCorpus corpus, Canaries canaries)
    {
        (_home, _canaries) = (home, canaries);
        _files = [.. corpus.Files.Where(static pair => !pair.Key.Contains("/staging/", StringComparison.Ordinal) && !pair.Key.EndsWith(OwnNames.Marker, StringComparison.Ordinal))];
        _cache = new FuzzCache(home);
        _fifo = Path.Combine(home, "fifo");
        PlantedThing.MakeFifo(_fifo);
        _cache.RunJobAsync().GetAwaiter().GetResult();
    }

    public string Name => "whole cache";

    public int Weight => 1;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        // A new process now and then, and a new directory: what was put away must not pile up.
        if (++_runs % 50 == 0)
        {
            _cache.Dispose();
            Directory.Delete(Path.Combine(_home, "cache"), recursive: true);
            _cache = new FuzzCache(_home);
        }

        for (var changes = 1 + random.Below(4); changes > 0; changes--)
        {
            Change(random);
        }

        WorkAsync().GetAwaiter().GetResult();
        _canaries.Check();
        var faults = _cache.Log.TakeFaults().Where(static fault => !Excused.Any(name => fault.Contains(": " + name + ":", StringComparison.Ordinal))).ToList();
        FuzzFailureException.Unless(faults.Count == 0, $"the cache's own code failed: {string.Join("; ", faults)}");
    }

    private async Task WorkAsync()
    {
        await _cache.RunJobAsync().ConfigureAwait(false);
        await _cache.Manager.CleanupAsync().ConfigureAwait(false);
        await _cache.Manager.VerifyAsync().ConfigureAwait(false);
        await _cache.Manager.GetStatisticsAsync().ConfigureAwait(false);
        await _cache.RunJobAsync().ConfigureAwait(false);
    }

    private void Change(FuzzRandom random)
    {
        var (relative, content) = random.Pick(_files);
        switch (random.Below(10))
        {
            case < 4: // a file that is there, damaged
                Write(relative, relative.EndsWith(".json", StringComparison.Ordinal) && random.Chance(60) ? JsonMutator.Mutate(content, random) : ByteMutator.Mutate(content, random.Pick(_files).Value, random));
                break;
            case < 6: // something else in its place
                Plant(relative, random);
                break;
            case < 8: // something where nothing should be
                var layer = random.Pick(["sources", "profiles", "uploads", "quota"]);
                var place = random.Pick(["locks", "staging", "trash", "quarantine", "keys", "facts", "ahead", "partials", "targets", "."]);
                var name = random.Pick(["x", "entry-x", "condemned-x", "writer-x", "condemned-" + new string('0', 32), "x.json", new string('0', 32), new string('y', 250), new string('z', 255)]);
                Plant(Path.Combine(layer, place, name), random);
                break;
            case 8: // a directory of the cache exchanged for something
                Plant(Path.Combine(random.Pick(["sources", "profiles", "uploads"]), random.Pick(["trash", "quarantine", "staging", "keys", "facts", "ahead", "targets", "partials"])), random);
                break;
            default: // gone
                try
                {
                    RequireOwn(relative);
                    PlantedThing.Remove(Path.Combine(_cache.Root, relative));
                }
                catch (IOException)
                {
                    // A parent is something else by now.
                }

                break;
        }
    }

    /// <summary>The fuzzer itself must not write through a link that it planted.</summary>
    private void RequireOwn(string relative)
    {
        var parts = relative.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            if (Storage.Platform.FileSystem.Current.Stat(Path.Combine([_cache.Root, .. parts[..i]])) is { Kind: not Storage.Platform.FileKind.Directory })
            {
                throw new IOException("A parent is no directory.");
            }
        }
    }

    private void Plant(string relative, FuzzRandom random)
    {
        try
        {
            RequireOwn(relative);
            PlantedThing.Plant(Path.Combine(_cache.Root, relative), _canaries, _fifo, random);
        }
        catch (IOException)
        {
            // A parent is something else by now.
        }
    }

    private void Write(string relative, byte[] content)
    {
        var path = Path.Combine(_cache.Root, relative);
        try
        {
            RequireOwn(relative);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            PlantedThing.Remove(path);
            File.WriteAllBytes(path, content);
        }
        catch (IOException)
        {
            // A parent is something else by now.
        }
    }
}
