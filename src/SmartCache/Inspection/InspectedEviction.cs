using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What a clean-up would take away.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedEviction
{
    private readonly ListByContent<InspectedVictim> _victims = new([]);

    /// <summary>The policy that ranks the entries.</summary>
    public required string Policy { get; init; }

    /// <summary>Bytes that the cache takes with all that is no entry, as a count finds them now.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes of <c>MaxSize</c> that this may be: a part of it is kept for what the cache writes without reserving.</summary>
    public long LimitBytes { get; init; }

    /// <summary>Entries that are passed by because somebody holds a lease on them.</summary>
    public int Leased { get; init; }

    /// <summary>Whether the limits are kept once these are gone.</summary>
    public bool IsEnough { get; init; }

    /// <summary>What would go, in this order.</summary>
    public IReadOnlyList<InspectedVictim> Victims
    {
        get => _victims.List;
        init => _victims = new(value);
    }
}
