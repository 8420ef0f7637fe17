namespace SmartCache;

/// <summary>Settings of warming: what an <see cref="ICacheWarmer"/> suggests is fetched while the worker is idle.</summary>
public sealed class CacheWarmOptions
{
    /// <summary>How often the warmers are asked, from the start on.</summary>
    /// <value>Default <c>Off</c>. From <c>1m</c> to <c>30d</c>.</value>
    public string? Interval { get; set; }

    /// <summary>What is fetched for them and not yet asked for, at most.</summary>
    /// <value>Default <c>10%</c> of <see cref="CacheOptions.MaxSize"/>. A percentage up to <c>90%</c>, or a size.</value>
    public string? MaxBytes { get; set; }
}
