using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What <see cref="ICacheRemote.VerifyAsync"/> came to.</summary>
public sealed record RemoteVerification
{
    private readonly ListByContent<WrongRemoteEntry> _wrong = new([]);

    /// <summary>Entries that the store has, of those that were asked for.</summary>
    public int Listed { get; init; }

    /// <summary>Entries that were read and are whole.</summary>
    public int Whole { get; init; }

    /// <summary>Entries that were gone when it was their turn, or that a newer version has written.</summary>
    public int Skipped { get; init; }

    /// <summary>Entries that could not be read to their end: nothing is proven of them.</summary>
    public int Unread { get; init; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries that are proven wrong.</summary>
    public IReadOnlyList<WrongRemoteEntry> Wrong { get => _wrong.List; init => _wrong = new(value); }

    /// <summary>How many of these were deleted.</summary>
    public int Deleted { get; init; }
}
