namespace SmartCache;

/// <summary>An entry in the object store that is proven wrong.</summary>
public sealed record WrongRemoteEntry
{
    /// <summary>The entry, as the store listed it.</summary>
    public required RemoteEntry Entry { get; init; }

    /// <summary>What is wrong with it, for people.</summary>
    public required string Reason { get; init; }
}
