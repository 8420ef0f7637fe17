namespace SmartCache;

/// <summary>A store is left alone by all processes of a host, because it failed.</summary>
public sealed record RemoteRest
{
    /// <summary>How often it has failed without an answer in between; 0 where that cannot be read.</summary>
    public int Failures { get; init; }

    /// <summary>When it last failed, by this machine's clock.</summary>
    public required DateTimeOffset LastFailure { get; init; }
}
