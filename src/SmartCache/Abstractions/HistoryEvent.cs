using System.Diagnostics.CodeAnalysis;

namespace SmartCache;

/// <summary>One event of the cache's history.</summary>
/// <remarks>
/// Which values are set depends on <see cref="Kind"/>; what is not known is <see langword="null"/>. None holds a URL, a token, an option's value or a job's id.
/// Later versions may have more properties.
/// </remarks>
public sealed record HistoryEvent
{
    /// <summary>An event, for tests of code that reads some.</summary>
    public HistoryEvent()
    {
    }

    [SetsRequiredMembers]
    internal HistoryEvent(HistoryEventKind kind) => Kind = kind;

    /// <summary>What happened.</summary>
    public required HistoryEventKind Kind { get; init; }

    /// <summary>When it happened, to the millisecond.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary><c>sources</c>, <c>profiles</c> or <c>uploads</c>; of a fault also <c>quota</c> or <c>content</c>.</summary>
    public string? Layer { get; init; }

    /// <summary>What the stage came to.</summary>
    public CacheOutcome? Outcome { get; init; }

    /// <summary>Why it was not served, or not stored.</summary>
    public CacheReason? Reason { get; init; }

    /// <summary>What was asked for: the key of a source or of a profile, the hash of an uploaded tree.</summary>
    public string? Key { get; init; }

    /// <summary>The name of the entry.</summary>
    public string? Entry { get; init; }

    /// <summary>The job, as the 16 digits that its file's name in <c>uploads/</c> ends with.</summary>
    public string? Job { get; init; }

    /// <summary>The profile's name.</summary>
    public string? Profile { get; init; }

    /// <summary>
    /// How long it took. Of an entry that went: how long nobody had used it. Of a regret: how long ago it went. Of an expected retry: how far ahead that is.
    /// </summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The work of the worker's own stage: done, spared, or to be done again.</summary>
    public TimeSpan? Cost { get; init; }

    /// <summary>Bytes that were given, made, sent or freed; of a clean-up, what the entries take after it.</summary>
    public long? Bytes { get; init; }

    /// <summary>How many entries a clean-up took away.</summary>
    public int? Entries { get; init; }

    /// <summary>The setting for which an entry went: <c>MaxSize</c>, <c>MinFreeSpace</c>, <c>MinFreeInodes</c> or <c>MaxAge</c>.</summary>
    public string? Limit { get; init; }

    /// <summary>The eviction policy that chose the entry.</summary>
    public string? Policy { get; init; }

    /// <summary>The operation that failed. Of a request that another host of the pool had served: <c>Remote</c>. Of an announced download, and of what was not sent: what became of it, and why.</summary>
    public string? Operation { get; init; }

    /// <summary>What it failed with: names of exceptions, without their texts.</summary>
    public string? Failure { get; init; }
}
