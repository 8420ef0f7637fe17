using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What an <see cref="IEvictionPolicy"/> may know of an entry when it decides what goes first.</summary>
public readonly record struct EvictionCandidate
{
    private readonly string _key;

    /// <summary>Name of the entry.</summary>
    public required string Key
    {
        get => _key;
        init => (_key, KeyHash, VideoHash) = (value, NameHash.Of(value), NameHash.OfVideo(value));
    }

    /// <summary>What the entry holds.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>Bytes that its removal frees.</summary>
    public required long Size { get; init; }

    /// <summary>Seconds it took to make the entry; null where unknown.</summary>
    public double? CostSeconds { get; init; }

    /// <summary>When the entry was stored.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When the entry was last given out or stored.</summary>
    public required DateTimeOffset LastAccess { get; init; }

    /// <summary>How many unfinished jobs asked for it.</summary>
    public int UnfinishedJobs { get; init; }

    /// <summary>Until when its jobs protect it, beyond the protection period that each access begins anew.</summary>
    public DateTimeOffset ProtectedUntil { get; init; }

    /// <summary>Whether unfinished work protects it.</summary>
    /// <remarks>Set by the cache before a policy sees the entry.</remarks>
    public bool IsProtected { get; internal init; }

    /// <summary>Whether other hosts wait for it: it goes after what nobody needs, and before what an unfinished job does.</summary>
    internal bool IsOwed { get; init; }

    internal ulong KeyHash { get; private init; }

    internal ulong VideoHash { get; private init; }

    /// <summary>The unfinished jobs that asked for it, as far as they are known by name.</summary>
    internal ulong[]? Jobs { get; init; }
}
