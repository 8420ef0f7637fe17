using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// A local entry that is being sent. Its files are held open and its lease is given back at once: a lease that is held for minutes would turn every hit of that entry
/// from a link into a copy. Where there are no handles left, it is the lease that is held.
/// </summary>
internal sealed class OpenedEntry : IDisposable
{
    private readonly EntryLease? _lease;
    private readonly HandleBudget _budget;
    private readonly FileSystem _system;

    private OpenedEntry(EntryLease? lease, Manifest manifest, IReadOnlyList<PackedFile> files, HandleBudget budget, FileSystem system) =>
        (_lease, Manifest, Files, _budget, _system) = (lease, manifest, files, budget, system);

    public Manifest Manifest { get; }

    public IReadOnlyList<PackedFile> Files { get; }

    /// <summary>Opens an entry; <see langword="null"/> where it is not there any more, or not whole.</summary>
    public static OpenedEntry? Of(EntryLayer layer, string name, HandleBudget budget, OperationPulse pulse)
    {
        if (layer.Entries.TryLease(name, pulse, out _, isUse: false) is not { } lease)
        {
            return null;
        }

        var files = new List<PackedFile>();
        var isHeld = true;
        try
        {
            foreach (var file in lease.Manifest.Content.Files)
            {
                pulse.Beat();
                var path = lease.PathOf(file);
                var handle = layer.Files.OpenRead(path);
                var facts = layer.Files.Stat(handle);
                if (!budget.TryTake())
                {
                    handle.Dispose();
                    handle = null;
                }

                isHeld &= handle is not null;
                files.Add(new PackedFile(file, path, facts, handle));
            }

            var opened = new OpenedEntry(isHeld ? null : lease, lease.Manifest, files, budget, layer.Files);
            if (isHeld)
            {
                lease.Dispose();
            }

            return opened;
        }
        catch
        {
            Close(files, budget);
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Whether all files are what they were when they were opened.</summary>
    public bool IsUnchanged() => Files.All(file => (file.Handle is { } handle ? _system.Stat(handle) : _system.Stat(file.Path)) is { } now && now.IsSameAs(file.Facts) && now.Length == file.File.Length);

    public void Dispose()
    {
        Close(Files, _budget);
        _lease?.Dispose();
    }

    private static void Close(IEnumerable<PackedFile> files, HandleBudget budget)
    {
        foreach (var file in files)
        {
            if (file.Handle is { IsClosed: false } handle)
            {
                handle.Dispose();
                budget.Return();
            }
        }
    }
}
