using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Lists the entries of a layer from what lies on the disk: no index is ever the only truth.</summary>
internal sealed class EntryScan(EntryStore entries)
{
    public IEnumerable<string> Names() =>
        FileSystem.ListOrNone(() => entries.Layer.FileSystem.ListDirectories(entries.Layer.Root)).Select(static path => Path.GetFileName(path)).Where(OwnNames.IsEntry);
}
