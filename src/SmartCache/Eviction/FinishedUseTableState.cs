namespace SmartCache.Eviction;

/// <summary>A <see cref="FinishedUseTable"/> as it is saved; the counts are by <see cref="EntryKind"/>.</summary>
internal sealed record FinishedUseTableState
{
    public DateTimeOffset? HalvedAt { get; init; }

    public List<double>? Returns { get; init; }

    public List<double>? Finished { get; init; }

    public List<FinishedUseState?>? Keys { get; init; }
}
