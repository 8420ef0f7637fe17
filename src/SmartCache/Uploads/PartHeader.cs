using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>What the beginning of a part says about the whole.</summary>
internal readonly record struct PartHeader(PartHeader.Form State, JournalRecord? Record)
{
    /// <summary>A header that is longer is not found behind torn ones.</summary>
    public const int MaxLine = 4 << 10;

    private const int Within = 8 << 10;

    public enum Form
    {
        /// <summary>Nothing is there yet, or only a torn attempt at a header.</summary>
        Begun,

        /// <summary>The target's own, in a form that this version reads.</summary>
        Own,

        /// <summary>A newer version wrote it: it is neither read nor written.</summary>
        Newer,

        /// <summary>Another target's, or nobody's: also one whose header is damaged.</summary>
        Foreign,
    }

    public bool IsSorted => Record?.Table is not null;

    /// <summary>Looks for the header where it belongs: at the beginning, behind at most a few torn attempts to write it.</summary>
    /// <param name="handle">The part.</param>
    /// <param name="name">The short name of the target whose directory it lies in.</param>
    /// <param name="key">The whole of its identity, where known.</param>
    /// <param name="pulse">Beaten before the read.</param>
    public static PartHeader Read(SafeFileHandle handle, string name, ContentKey? key, OperationPulse pulse)
    {
        pulse.Beat();
        var start = new byte[Within];
        var length = RandomAccess.Read(handle, start, 0);
        ReadOnlySpan<byte> rest = start.AsSpan(0, length);
        var isOnlyTorn = length < Within;
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (end > 0 && JournalRecord.Parse(rest[..end]) is { Kind: JournalKind.Header } header)
            {
                return new PartHeader(FormOf(header, name, key), header);
            }

            isOnlyTorn &= JournalRecord.MayBeTornHeader(rest[..end]);
            rest = rest[(end + 1)..];
        }

        // Where more was written than an attempt at a header, it may take back what an earlier part confirms.
        return new PartHeader(isOnlyTorn && JournalRecord.MayBeTornHeader(rest) ? Form.Begun : Form.Foreign, null);
    }

    private static Form FormOf(JournalRecord header, string name, ContentKey? key)
    {
        // A copy of another target's journal, or two targets that share the 128 bits of a name: confirmed there says nothing about here.
        var isOwn = key is { } whole ? header.Key == whole : header.Key.ToString().StartsWith(name, StringComparison.Ordinal);
        return !isOwn ? Form.Foreign : header.Version > JournalRecord.FormatVersion ? Form.Newer : Form.Own;
    }
}
