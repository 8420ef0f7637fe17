namespace SmartCache.Profiles;

/// <summary>One parameter in which two recipes differ; <see langword="null"/> where one of them does not have it.</summary>
internal sealed record DifferingParameter(string Name, string? Wanted, string? Cached);
