namespace SmartCache.Tool.Views;

/// <summary>A version of the library, and how many entries it stored; <see langword="null"/> where they do not say.</summary>
internal sealed record VersionView(string? Version, int Entries);
