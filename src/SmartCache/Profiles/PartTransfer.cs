using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>Takes a finished file of the encoder as a part: by clone, by hard link where nobody else shares it, by copy.</summary>
internal sealed class PartTransfer(EntryLayer layer)
{
    private UnixFileMode ReadBits => layer.Directory.FileMode & (UnixFileMode)0b100_100_100;

    /// <summary>What has to be written for a file at most; nothing where it can be linked.</summary>
    public long ToWrite(in FileFacts facts) => MayLink(facts) && facts.Device == layer.Directory.Device ? 0 : facts.Length;

    /// <summary>Takes it and says its hash. Deletes what there is of the part when that fails.</summary>
    /// <param name="source">The encoder's file.</param>
    /// <param name="seen">What it was when its space was reserved.</param>
    /// <param name="destination">A name that nobody has.</param>
    /// <param name="pulse">Beaten while it is read.</param>
    /// <exception cref="WorkerChangedFileException">It is written to still.</exception>
    public string Take(string source, in FileFacts seen, string destination, OperationPulse pulse)
    {
        using var handle = layer.Files.OpenRead(source);
        var facts = layer.Files.Stat(handle);
        if (!facts.IsSameAs(seen))
        {
            throw new WorkerChangedFileException(source);
        }

        try
        {
            if (!layer.Transfer.TryClone(handle, facts, destination, layer.Directory.FileMode) && !TryLink(source, facts, destination))
            {
                layer.Transfer.Copy(handle, facts, destination, layer.Directory.FileMode, pulse);
            }

            // Of the encoder's file: what the commit links, clones or copies later is the same one, and is not read again. Where it was written to meanwhile, its hash and the
            // part's differ at worst, and the part is of no use.
            return layer.Hasher.Recall(facts) ?? layer.Hasher.HashOpen(handle, facts, pulse) ?? throw new WorkerChangedFileException(source);
        }
        catch
        {
            layer.Files.Delete(destination);
            throw;
        }
    }

    // Another link may belong to another job, whose writes would reach the part. And what is linked keeps its mode.
    private bool MayLink(in FileFacts facts) => layer.Transfer.MayLink && facts.Links == 1 && (facts.Mode & ReadBits) == ReadBits;

    private bool TryLink(string source, in FileFacts facts, string destination)
    {
        if (!MayLink(facts))
        {
            return false;
        }

        if (!layer.Files.TryLink(source, destination))
        {
            layer.Transfer.NoteNotLinkable();
            return false;
        }

        if (layer.Files.Stat(destination) is { Links: 2 } linked && linked.IsSameAs(facts))
        {
            return true;
        }

        layer.Files.Delete(destination);
        return false;
    }
}
