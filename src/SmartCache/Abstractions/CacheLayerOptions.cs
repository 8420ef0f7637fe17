namespace SmartCache;

/// <summary>Settings of one layer.</summary>
public sealed class CacheLayerOptions
{
    /// <summary>How the layer takes part.</summary>
    /// <value>Default <c>On</c>. <c>On</c>; <c>Observe</c>: logs and counts what would have hit, and writes only keys and facts; <c>Off</c>.</value>
    public string? Mode { get; set; }
}
