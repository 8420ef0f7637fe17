using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>The part of a journal that one writer appends to: the later of today's and the newest, and the next where that one is full or none to write to.</summary>
internal sealed class OpenPart(LayerDirectory layer, JournalOwner owner, TimeProvider time)
{
    private const int MaxAttempts = 16;

    private SafeFileHandle? _handle;
    private bool _needsHeader;
    private int _hasClosed;

    /// <summary>Which one is, or was last, open.</summary>
    public JournalPart Part { get; private set; }

    /// <summary>The newest part when somebody last looked; the default where nobody has, or there is none.</summary>
    public JournalPart Newest { get; set; }

    /// <summary>Facts of the open part.</summary>
    public FileFacts Facts => layer.FileSystem.Stat(_handle!);

    /// <summary>The handle, where this part is the open one.</summary>
    public SafeFileHandle? HandleOf(JournalPart part) => part == Part ? _handle : null;

    /// <summary>Whether a part was closed by this writer since it was asked the last time. Needs no lock.</summary>
    public bool TakeHasClosed() => Interlocked.Exchange(ref _hasClosed, 0) != 0;

    /// <returns>False where only a newer version may write.</returns>
    public bool TryOpen(JournalRecord header, OperationPulse pulse)
    {
        owner.Learn(header.Key);
        var today = JournalPart.FirstOf(time.GetUtcNow());
        if (Newest == default && JournalFiles.PartsOf(layer, owner.Name) is [.., var last])
        {
            Newest = last;
        }

        var part = today > Newest ? today : Newest;
        if (HandleOf(part) is not null)
        {
            return true;
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++, part = part.Next)
        {
            pulse.Beat();
            Close();
            _handle = Open(part);
            Part = part;
            var (found, length) = Recognise(_handle, pulse);
            if (length == 0 && Newest != default && part > Newest)
            {
                Volatile.Write(ref _hasClosed, 1);
            }

            _needsHeader = found.State == PartHeader.Form.Begun;
            if (found.State == PartHeader.Form.Newer)
            {
                Close();
                return false;
            }

            if (found.State != PartHeader.Form.Foreign && !found.IsSorted && length < TargetJournal.PartSize)
            {
                return true;
            }
        }

        throw new IOException("No part of the journal can be written to.");
    }

    /// <summary>Appends lines to the open part in one write, behind the header where it has none yet.</summary>
    /// <returns>How many bytes.</returns>
    public int Append(ReadOnlySpan<byte> lines, JournalRecord header)
    {
        ReadOnlySpan<byte> own = _needsHeader ? [.. header.ToLine(), .. lines] : lines;
        layer.FileSystem.Append(_handle!, own);
        _needsHeader = false;
        return own.Length;
    }

    public void Close() => Interlocked.Exchange(ref _handle, null)?.Dispose();

    private (PartHeader Found, long Length) Recognise(SafeFileHandle handle, OperationPulse pulse)
    {
        try
        {
            return (owner.Recognise(handle, pulse), RandomAccess.GetLength(handle));
        }
        catch
        {
            // Left open, the next append would take it for one that was looked at, and write behind whatever is there, or where no header is.
            Close();
            throw;
        }
    }

    private SafeFileHandle Open(JournalPart part)
    {
        for (var attempt = 1; ; attempt++)
        {
            layer.MakeDirectory(JournalFiles.DirectoryOf(layer));
            layer.MakeDirectory(JournalFiles.DirectoryOf(layer, owner.Name));
            try
            {
                return layer.FileSystem.OpenAppend(JournalFiles.PathOf(layer, owner.Name, part), layer.FileMode);
            }
            catch (Exception exception) when (attempt < MaxAttempts && (exception is FileNotFoundException or DirectoryNotFoundException))
            {
                // A clean-up has removed the directory since, because it was empty.
            }
        }
    }
}
