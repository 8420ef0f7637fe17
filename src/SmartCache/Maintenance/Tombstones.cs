using System.Text.Json;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// The last few thousand evictions, in one file of all processes: bounded, replaced as a whole under a lock of its own. Whatever happens to it costs evidence
/// and nothing else. Methods may throw, and run behind a boundary.
/// </summary>
internal sealed class Tombstones(LayerDirectory directory)
{
    /// <summary>At about 250 bytes each; a disk of 2 TB that is evicted from all day fills it in more than one.</summary>
    public const int MaxKept = 2048;

    private const int MaxBytes = 4 << 20;

    // Looked into at each miss, and locked for milliseconds: who finds it taken for longer gives the evidence up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly KnownFiles<TombstoneList> _known = new(capacity: 1);

    // Not *.json: those are the reservations of the writers.
    private string FilePath => Path.Combine(directory.Root, "tombstones");

    public void Add(IReadOnlyList<Tombstone> added, OperationPulse pulse)
    {
        using var held = directory.TakeLock("tombstones", exclusive: true, Patience, pulse);
        var anew = added.Select(static one => (one.Layer, one.Entry)).ToHashSet();
        Write([.. Read().Where(one => !anew.Contains((one.Layer, one.Entry))).Concat(added).TakeLast(MaxKept)]);
    }

    /// <summary>Takes the tombstone of an entry away; <see langword="null"/> where it has none, or another process was faster.</summary>
    public Tombstone? Take(string layer, string entry, OperationPulse pulse)
    {
        if (Find(Read()) is null)
        {
            return null;
        }

        using var held = directory.TakeLock("tombstones", exclusive: true, Patience, pulse);
        var all = Read();
        if (Find(all) is not { } found)
        {
            return null;
        }

        // Written before it is counted: a process that dies in between counts too little, and nobody counts twice.
        Write([.. all.Where(one => one != found)]);
        return found;

        Tombstone? Find(IReadOnlyList<Tombstone> tombstones) => tombstones.LastOrDefault(one => one.Layer == layer && one.Entry == entry);
    }

    /// <summary>The tombstone of an entry, which it keeps.</summary>
    public Tombstone? Find(string layer, string entry) => Read().LastOrDefault(one => one.Layer == layer && one.Entry == entry);

    private IReadOnlyList<Tombstone> Read()
    {
        if (directory.FileSystem.Stat(FilePath) is not { } facts)
        {
            return [];
        }

        if (_known.Recall(facts) is { } known)
        {
            return known.Tombstones;
        }

        try
        {
            if (BoundedFile.Read(directory.FileSystem, FilePath, MaxBytes) is not { } bytes || JsonSerializer.Deserialize(bytes, TombstoneJson.Default.TombstoneList) is not { } list)
            {
                return [];
            }

            // A newer version's are not ours to count; the next eviction of this version writes over them.
            var readable = list.Version == TombstoneList.CurrentVersion && list.Tombstones?.Contains(null!) == false ? list : new TombstoneList(TombstoneList.CurrentVersion, []);
            _known.Remember(directory.FileSystem, FilePath, facts, readable);
            return readable.Tombstones;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private void Write(IReadOnlyList<Tombstone> tombstones) =>
        StateFile.Replace(
            directory, FilePath, JsonSerializer.SerializeToUtf8Bytes(new TombstoneList(TombstoneList.CurrentVersion, tombstones), TombstoneJson.Default.TombstoneList), flush: false);
}
