namespace SmartCache.Tool.Views;

/// <summary>How far the history reaches.</summary>
internal sealed record HistorySpanView(int Events, DateTimeOffset? From, DateTimeOffset? To, int Faults, int Rests);
