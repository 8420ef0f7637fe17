using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// Gives a caller files of its own out of a leased entry: reflink, else hard link, else copy.
/// <para>
/// A hard link is made only while nobody else shares the file: link count 1 before and 2 after, and no other lease. A job that then writes
/// into its file in place can spoil only the cache's entry, which is noticed by its modification time, and never another job. Owner and permissions belong
/// to all names of a file: where another user made it, or a job has changed them, the caller gets a copy with those that the stage's own file had.
/// Nothing is ever written through an existing name: it is unlinked first.
/// </para>
/// <para>When the worker's own file may become the cache's by a link is decided in <see cref="StagedFiles.Take"/>.</para>
/// </summary>
internal sealed class Materializer(FileTransfer transfer, ContentHasher hasher, FileSystem files)
{
    /// <summary>One file of the entry to a path of the caller's, making its directory.</summary>
    /// <exception cref="EntryChangedException">The entry's file is not what the manifest says; nothing is left at the destination.</exception>
    public MaterializedBy File(EntryLease lease, int index, string destination, OperationPulse pulse) => File(OriginalFile.Of(lease, index), destination, pulse);

    /// <inheritdoc cref="File(EntryLease, int, string, OperationPulse)"/>
    public MaterializedBy File(in OriginalFile original, string destination, OperationPulse pulse)
    {
        var full = Path.GetFullPath(destination);
        files.MakeDirectory(Path.GetDirectoryName(full)!);
        return Place(original, full, pulse).How;
    }

    /// <summary>Several files to the same relative paths below a directory of the caller's; takes back what it placed when one fails.</summary>
    public MaterializedBy Files(EntryLease lease, IReadOnlyList<(int Index, string RelativePath)> wanted, string directory, OperationPulse pulse) =>
        Files(wanted.Select(one => (OriginalFile.Of(lease, one.Index), one.RelativePath)), wanted.Count, directory, pulse);

    /// <inheritdoc cref="Files(EntryLease, IReadOnlyList{ValueTuple{int, string}}, string, OperationPulse)"/>
    public MaterializedBy Files(IReadOnlyList<(OriginalFile File, string RelativePath)> files, string directory, OperationPulse pulse) =>
        Files(files, files.Count, directory, pulse);

    private MaterializedBy Files(IEnumerable<(OriginalFile File, string RelativePath)> wanted, int count, string directory, OperationPulse pulse)
    {
        var how = MaterializedBy.Reflink;
        var placed = new List<(string Path, FileFacts Facts)>(count);
        var root = Path.GetFullPath(directory);
        var made = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        try
        {
            foreach (var (original, relativePath) in wanted)
            {
                var destination = Path.Combine(root, relativePath);
                var parent = Path.GetDirectoryName(destination.AsSpan());
                if (made.Add(parent))
                {
                    files.MakeDirectory(parent.ToString());
                }

                var (way, facts) = Place(original, destination, pulse);
                how = (MaterializedBy)Math.Max((int)how, (int)way);
                placed.Add((destination, facts));
            }

            return how;
        }
        catch
        {
            // Only what is still as it was placed: an operation that was given up may find the encoder's own files under these names by now.
            foreach (var (path, facts) in placed)
            {
                if (files.Stat(path) is { } now && now.IsUnchangedFrom(facts))
                {
                    files.Delete(path);
                }
            }

            throw;
        }
    }

    /// <returns>How, and what was placed: whatever lies under its name later may be the worker's by then.</returns>
    private (MaterializedBy How, FileFacts Placed) Place(in OriginalFile original, string destination, OperationPulse pulse)
    {
        try
        {
            return PlaceOnce(original, destination, pulse);
        }
        catch (IOException unreadable) when (DiskError.IsUnreadable(unreadable))
        {
            original.Lease?.Doubt();
            throw;
        }
    }

    private (MaterializedBy How, FileFacts Placed) PlaceOnce(in OriginalFile original, string destination, OperationPulse pulse)
    {
        // Whoever was given up while its disk hung finds out here, before it deletes what the worker has put there meanwhile.
        pulse.Beat();
        if (files.Stat(destination) is not null)
        {
            // After the look too, which is where it may have hung.
            pulse.Beat();
            files.Delete(destination);
        }

        // Where it is known that there are no clones, a link needs no open file: a third of what a hit of many files costs.
        if (transfer.MayLink
            && files.Stat(original.Path) is { } named
            && !transfer.MayCloneTo(named, destination)
            && TryLink(original, named, destination, pulse) is { } linked)
        {
            return (MaterializedBy.HardLink, linked);
        }

        using var handle = files.OpenRead(original.Path);
        var facts = files.Stat(handle);
        var how = MaterializedBy.Reflink;
        // A name of its own: the destination's may be as long as names can be.
        var temporary = Path.Combine(Path.GetDirectoryName(destination)!, $".{Guid.NewGuid():N}.partial");
        if (!transfer.TryClone(handle, facts, temporary, original.Mode))
        {
            if (transfer.MayLink && files.Stat(original.Path) is { } before && TryLink(original, before, destination, pulse) is { } sole)
            {
                return (MaterializedBy.HardLink, sole);
            }

            how = MaterializedBy.Copy;
            transfer.Copy(handle, facts, temporary, original.Mode, pulse);
        }

        return (how, Reveal(original, facts, handle, temporary, destination, pulse));
    }

    private FileFacts? TryLink(in OriginalFile original, in FileFacts before, string destination, OperationPulse pulse)
    {
        // Where the time is too young, a write by its new owner could leave it as it is, and nobody would notice.
        if (!original.IsSole
            || before is not { Kind: FileKind.Regular, Links: 1, IsSettled: true }
            || !before.IsOwn(files.User, original.Mode)
            || !original.IsUnchanged(before))
        {
            return null;
        }

        // A name that appears while the stage runs already would be written through, or be in its way.
        pulse.Beat();
        if (!files.TryLink(original.Path, destination))
        {
            return null;
        }

        // Two processes may both have seen link count 1; then both see 3 and both take theirs back. Whoever took a lease between the first look and the
        // link did not see it, and hands the entry's own path out: it is seen now. Who takes one later sees the link.
        if (files.Stat(original.Path) is { Links: 2 } after && after.IsOwn(files.User, original.Mode) && original.IsUnchanged(after) && original.IsSole && pulse.IsWanted)
        {
            Remember(after, original);
            return after;
        }

        // Of one that was given up meanwhile, the stage may have put its own file there.
        if (pulse.IsWanted || (files.Stat(destination) is { } there && there.Inode == before.Inode && there.Device == before.Device))
        {
            files.Delete(destination);
        }

        pulse.Beat();
        return null;
    }

    // An operation that was given up while its disk hung must not write into what the worker has put there meanwhile:
    // clones and copies get their name only at the end, after one more beat, and only when the entry did not change under them.
    private FileFacts Reveal(
        in OriginalFile original, in FileFacts read, Microsoft.Win32.SafeHandles.SafeFileHandle source, string temporary, string destination, OperationPulse pulse)
    {
        try
        {
            // Where the time proves nothing, because the file was touched a moment ago, the bytes do.
            var now = files.Stat(source);
            var isProven = original.IsUnchanged(read) && original.IsUnchanged(now) && read.IsSettled;
            if (!isProven && !(original.Sha256 is { } hash ? HasHash(temporary, hash, pulse) : now.IsSameAs(read)))
            {
                throw new EntryChangedException(original.Name);
            }

            var mine = files.Stat(temporary)!.Value;
            pulse.Beat();
            files.Replace(temporary, destination);
            Remember(mine, original);
            return mine;
        }
        catch
        {
            files.Delete(temporary);
            throw;
        }
    }

    private bool HasHash(string copy, string sha256, OperationPulse pulse)
    {
        using var handle = files.OpenRead(copy);
        return ContentHasher.Hash(handle, pulse) == sha256;
    }

    private void Remember(in FileFacts facts, in OriginalFile original)
    {
        if (original.Sha256 is { } hash)
        {
            hasher.Remember(facts, hash);
        }
    }
}
