using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Whose journal it is: what was given, and what the headers of its parts say.</summary>
/// <param name="name">The target's short name.</param>
/// <param name="key">The whole of its identity; <see langword="null"/> to take what the directory says.</param>
internal sealed class JournalOwner(string name, ContentKey? key)
{
    public string Name { get; } = name;

    public ContentKey? Key { get; private set; } = key;

    /// <summary>The header of a part; <see langword="null"/> where none was read.</summary>
    public JournalRecord? Header { get; private set; }

    /// <summary>A newer version writes, or wrote, a part of it, which is neither read nor written.</summary>
    public bool HasNewer { get; private set; }

    /// <summary>Whoever writes a header knows the whole identity.</summary>
    public void Learn(ContentKey key) => Key ??= key;

    public PartHeader Recognise(SafeFileHandle handle, OperationPulse pulse)
    {
        var header = PartHeader.Read(handle, Name, Key, pulse);
        if (header.State == PartHeader.Form.Own)
        {
            Header ??= header.Record;
            Learn(header.Record!.Key);
        }

        HasNewer |= header.State == PartHeader.Form.Newer;
        return header;
    }
}
