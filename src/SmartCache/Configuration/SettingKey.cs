namespace SmartCache.Configuration;

/// <summary>One row of <see cref="SettingTable"/>: everything that binding, checking, logging and the documentation need to know of a setting.</summary>
internal sealed class SettingKey
{
    /// <summary>The key below the section: <c>Locations:Sources</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The default as one would write it. Where it is not a fixed value (<c>Directory</c>), what is used if nothing else is known.</summary>
    public required string Default { get; init; }

    /// <summary>What may be written.</summary>
    public required string Allowed { get; init; }

    /// <summary>A right value.</summary>
    public required string Example { get; init; }

    /// <summary>What the setting does, for the documentation.</summary>
    public required string Meaning { get; init; }

    /// <summary>The name of the original design, which wins over the section.</summary>
    public string? EnvironmentName { get; init; }

    /// <summary>A list of directories set by the service manager; its first is used if the setting is nowhere else.</summary>
    public string? EnvironmentFallback { get; init; }

    /// <summary>Whether an edit is taken only at the next start.</summary>
    public bool NeedsRestart { get; init; }

    public required Func<CacheOptions, string?> Read { get; init; }

    public required Action<CacheOptions, string?> Write { get; init; }

    public required SettingParser Parse { get; init; }

    /// <summary>The key as it stands in the configuration: <c>Cache:Locations:Sources</c>.</summary>
    public string FullPath => SettingTable.Section + ":" + Path;
}
