namespace SmartCache.Configuration;

/// <summary>A part of the section <c>Cache</c> that a package reads by itself.</summary>
/// <param name="Path">Below <c>Cache</c>, such as <c>Remote:S3</c>.</param>
internal sealed record OwnedSection(string Path);
