namespace SmartCache;

/// <summary>How the remote tier of a host is used, and what it waits for.</summary>
public sealed record RemoteStatus
{
    /// <summary><c>Cache:Remote:Mode</c>.</summary>
    public RemoteMode Mode { get; init; }

    /// <summary>Engine, host and bucket; <see langword="null"/> where no store is registered.</summary>
    public string? Store { get; init; }

    /// <summary>What the names of all objects begin with: prefix and version of the format.</summary>
    public required string Prefix { get; init; }

    /// <summary><c>Cache:Remote:MaxAge</c>: so long what is unused may lie in the store.</summary>
    public TimeSpan MaxAge { get; init; }

    /// <summary>Since the store failed, jobs do not ask it; <see langword="null"/> where they do.</summary>
    public RemoteRest? ReadsRest { get; init; }

    /// <summary>Since the store failed, nothing is sent; <see langword="null"/> where it is.</summary>
    public RemoteRest? WritesRest { get; init; }

    /// <summary>Whether the store keeps the conditions of a put; <see langword="null"/> where nobody has found out within a day.</summary>
    public bool? KeepsConditions { get; init; }

    /// <summary>The condition that it does not keep.</summary>
    public string? BrokenCondition { get; init; }

    /// <summary>What the tier of this process did, and what all processes of the host owe.</summary>
    public required RemoteStatistics Statistics { get; init; }
}
