using System.Text.Json;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// What is owed to the store, of all processes of the host: a small file for each entry, which survives the process. Not flushed: a power cut costs sending, never an entry.
/// Methods may throw, and run behind the boundary.
/// </summary>
internal sealed class Outbox(LayerAccess layer)
{
    private const int MaxBytes = 1 << 20;

    private readonly KnownFiles<Intent> _known = new(capacity: 4096);

    public string Root { get; } = Path.Combine(layer.Directory.Root, "outbox");

    public LayerAccess Layer => layer;

    /// <summary>Writes an intent down; one that is there already is told what is new.</summary>
    public void Add(Intent intent)
    {
        var path = PathOf(intent);
        var merged = Read(path) is { } there ? intent.Over(there) : intent;
        layer.Directory.MakeDirectory(Root);
        StateFile.Replace(layer.Directory, path, JsonSerializer.SerializeToUtf8Bytes(merged, RemoteJson.Default.Intent), flush: false);
    }

    /// <summary>All that is owed, the oldest first.</summary>
    public List<Intent> List(OperationPulse pulse)
    {
        var found = new List<Intent>();
        foreach (var path in FileSystem.ListOrNone(() => layer.Files.ListFiles(Root)))
        {
            pulse.Beat();
            if (OwnNames.IsIntent(Path.GetFileName(path)) && Read(path) is { } intent)
            {
                found.Add(intent);
            }
        }

        found.Sort(static (one, other) => one.At.CompareTo(other.At));
        return found;
    }

    /// <summary>The entries that are owed, as <c>{layer}-{name}</c>. One listing; nothing is read.</summary>
    public HashSet<string> Names() => [.. FileSystem.ListOrNone(() => layer.Files.ListFiles(Root)).Select(static path => Path.GetFileName(path)!)];

    /// <summary>The intent as it is now.</summary>
    public Intent? Find(string fileName) => Read(Path.Combine(Root, fileName));

    /// <summary>It is done, unless more was added to it meanwhile.</summary>
    public void Remove(Intent done)
    {
        if (Read(PathOf(done)) is { } now && IsSame(now, done))
        {
            layer.Files.Delete(PathOf(done));
        }
    }

    /// <summary>The right to serve one intent, over all processes; <see langword="null"/> where another one has it.</summary>
    public FileLock? TryTake(Intent intent) => layer.Directory.TryLock(OwnNames.SendLock + intent.FileName, exclusive: true);

    private static bool IsSame(Intent one, Intent other) =>
        one.IsRemoval == other.IsRemoval && (one.Keys?.Count ?? 0) == (other.Keys?.Count ?? 0) && (one.Keys is null || one.Keys.Keys.All(other.Keys!.ContainsKey));

    private string PathOf(Intent intent) => Path.Combine(Root, intent.FileName);

    private Intent? Read(string path)
    {
        if (layer.Files.Stat(path) is not { } facts)
        {
            return null;
        }

        if (_known.Recall(facts) is { } unchanged)
        {
            return unchanged;
        }

        if (BoundedFile.Read(layer.Files, path, MaxBytes) is not { } bytes)
        {
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize(bytes, RemoteJson.Default.Intent) is { Version: 1, IsValid: true } intent && intent.FileName == Path.GetFileName(path))
            {
                _known.Remember(layer.Files, path, facts, intent);
                return intent;
            }
        }
        catch (JsonException)
        {
            // Torn by a power cut, or newer: it says nothing.
        }

        return null;
    }
}
