namespace SmartCache;

/// <summary>
/// What eviction destroyed and had to be made again, since this process started: each evicted entry at most once, by the process that made it again.
/// A policy and a size are judged by it. The metrics name reason and policy.
/// </summary>
/// <param name="Entries">Entries that were made again.</param>
/// <param name="Time">Work that making them had taken the first time.</param>
/// <param name="Bytes">Bytes they took.</param>
public sealed record RegretStatistics(long Entries, TimeSpan Time, long Bytes);
