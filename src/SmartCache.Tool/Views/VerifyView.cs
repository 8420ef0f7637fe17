namespace SmartCache.Tool.Views;

/// <summary><c>verify --json</c>.</summary>
internal sealed record VerifyView(string Directory, int Entries, int Whole, long Bytes, IReadOnlyList<WrongEntryView> Wrong, IReadOnlyList<WrongEntryView> Unknown, int Quarantined, IReadOnlyList<string> Faults);
