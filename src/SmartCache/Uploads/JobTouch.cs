namespace SmartCache.Uploads;

/// <summary>A sign of life of a job: which one worked with which source or profile entry. A class for the same reason as <see cref="Storage.FileStamp"/>.</summary>
internal sealed record JobTouch(string Job, string? Source, string? Profile);
