namespace SmartCache.Jobs;

/// <summary>A sign of life of a job: which one worked with which entry. A class for the same reason as <see cref="Storage.FileState"/>.</summary>
/// <param name="Job">The job.</param>
/// <param name="Kind">The layer.</param>
/// <param name="Entry">The content hash of a source, the name of a profile's entry.</param>
internal sealed record JobTouch(string Job, EntryKind Kind, string Entry);
