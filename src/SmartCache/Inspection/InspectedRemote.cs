namespace SmartCache;

/// <summary>What the remote tier has left in the cache's directory: whether its store rests, and what is owed to it, of all processes of the host.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedRemote
{
    /// <summary><c>Cache:Remote:Mode</c> of the options that the inspector was given.</summary>
    public RemoteMode Mode { get; init; }

    /// <summary>Jobs leave the store alone for now; <see langword="null"/> where they do not.</summary>
    public RemoteRest? ReadsRest { get; init; }

    /// <summary>Nothing is sent for now; <see langword="null"/> where it is.</summary>
    public RemoteRest? WritesRest { get; init; }

    /// <summary>Entries that wait to be sent, and sources that wait to be deleted there.</summary>
    public int OwedEntries { get; init; }

    /// <summary>Bytes of those that wait to be sent.</summary>
    public long OwedBytes { get; init; }

    /// <summary>Since when the oldest of them waits; <see langword="null"/> where none does.</summary>
    public DateTimeOffset? OldestOwed { get; init; }
}
