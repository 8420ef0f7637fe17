namespace SmartCache;

/// <summary>Settings of encode checkpoints.</summary>
public sealed class CacheCheckpointOptions
{
    /// <summary>Whether encoders are given an <see cref="IEncodeCheckpoint"/>.</summary>
    /// <value>Default <c>Off</c>. <c>Off</c> or <c>On</c>.</value>
    public string? Mode { get; set; }

    /// <summary>Parts with less wall time in them than this are not given to a retry, and dropped: it would cost more to go on from them than to begin anew.</summary>
    /// <value>Default <c>60s</c>. Up to <c>30d</c>; <c>0s</c> = always given.</value>
    public string? MinWork { get; set; }
}
