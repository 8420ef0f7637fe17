namespace SmartCache.Jobs;

/// <summary>A job's state and the file that it was read from.</summary>
internal sealed record StoredJob(string Path, JobFile State);
