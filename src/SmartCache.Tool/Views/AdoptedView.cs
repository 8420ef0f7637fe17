namespace SmartCache.Tool.Views;

/// <summary>One directory of <c>adopt --json</c>.</summary>
internal sealed record AdoptedView(string Name, string Path, bool IsMarked, int Entries, IReadOnlyList<string> Foreign, IReadOnlyList<string> Damaged);
