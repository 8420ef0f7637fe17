namespace SmartCache.Tool.Views;

/// <summary><c>remote verify --json</c>.</summary>
internal sealed record RemoteVerifyView(int Listed, int Whole, int Skipped, int Unread, long Bytes, IReadOnlyList<string> Wrong, int Deleted);
