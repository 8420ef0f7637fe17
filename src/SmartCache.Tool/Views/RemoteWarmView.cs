namespace SmartCache.Tool.Views;

/// <summary><c>remote warm --json</c>.</summary>
internal sealed record RemoteWarmView(int Entries, long Bytes, int Here, int Skipped, int OverBudget, string? Ended, IReadOnlyList<string> Faults);
