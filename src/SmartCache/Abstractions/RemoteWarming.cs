namespace SmartCache;

/// <summary>What <see cref="ICacheRemote.WarmAsync"/> came to.</summary>
public sealed record RemoteWarming
{
    /// <summary>Entries that were fetched and stored here.</summary>
    public int Entries { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries that were here already.</summary>
    public int Here { get; init; }

    /// <summary>Entries that were not fetched: gone meanwhile, wrong, of a newer version, slower than their work, or suspected here.</summary>
    public int Skipped { get; init; }

    /// <summary>Entries for which the budget was too small.</summary>
    public int OverBudget { get; init; }

    /// <summary>Why it ended before the end of the list; <see langword="null"/> where it did not.</summary>
    public string? Ended { get; init; }
}
