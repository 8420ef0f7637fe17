namespace SmartCache.Tool.Views;

/// <summary><c>adopt --json</c>.</summary>
internal sealed record AdoptView(string Directory, bool IsAdopted, string? WhyNot, IReadOnlyList<AdoptedView> Directories);
