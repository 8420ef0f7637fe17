namespace SmartCache.Eviction;

/// <summary>An unfinished job as it is saved. Names are hashes.</summary>
internal sealed record LedgerJobState
{
    public string? Job { get; init; }

    public DateTimeOffset AliveAt { get; init; }

    public bool Lapsed { get; init; }

    public bool Counted { get; init; }

    public List<string>? Sources { get; init; }

    public List<string>? Profiles { get; init; }
}
