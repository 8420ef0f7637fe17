namespace SmartCache.Tool.Views;

/// <summary><c>remote rm --json</c>.</summary>
internal sealed record RemoteRemovalView(string Source, int Entries, long Bytes, bool IsGone);
