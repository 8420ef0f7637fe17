namespace SmartCache.Tool.Views;

/// <summary>What is kept because it was proven wrong.</summary>
internal sealed record QuarantineView(int Entries, long Bytes, DateTimeOffset? Newest);
