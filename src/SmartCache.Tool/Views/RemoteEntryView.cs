namespace SmartCache.Tool.Views;

/// <summary>One entry of <c>remote ls --json</c>.</summary>
internal sealed record RemoteEntryView(string Key, string Layer, long Bytes, DateTimeOffset Modified)
{
    public static RemoteEntryView Of(RemoteEntry entry) => new(entry.Name, entry.Kind == EntryKind.Source ? "sources" : "profiles", entry.Bytes, entry.Modified);
}
