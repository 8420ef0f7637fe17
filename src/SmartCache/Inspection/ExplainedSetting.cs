namespace SmartCache;

/// <summary>One setting: what it is, and where that came from.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record ExplainedSetting
{
    /// <summary>The key as it stands in the configuration: <c>Cache:MaxSize</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Its text, or the default's. Of a text that holds a URL only the scheme: it belongs into no setting, and what was pasted by mistake may hold a password.</summary>
    public required string Value { get; init; }

    /// <summary>Whether nothing sets it.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The name under which it was found, and the provider that had it: <c>CACHE_MAX_SIZE in EnvironmentVariables</c>; <c>default</c> where nothing sets it.</summary>
    public required string Origin { get; init; }

    /// <summary>What is wrong with it; <see langword="null"/> where nothing is. The name of a policy is not judged, because workers register their own.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether an edit is taken only at the worker's next start.</summary>
    public bool NeedsRestart { get; init; }

    /// <summary>What it does, in a sentence or two, as docs/configuration.md has it.</summary>
    public required string Meaning { get; init; }
}
