using Microsoft.Extensions.Configuration;

namespace SmartCache.Tool.Finding;

/// <summary>Where the cache should be.</summary>
/// <param name="Options">The settings that lead there.</param>
/// <param name="Directory">The full path.</param>
/// <param name="AreLimitsKnown">Whether the settings are those of this cache, and not of another one, or defaults that no worker has.</param>
/// <param name="Looked">Where it was looked for, one line each.</param>
internal sealed record FoundCache(CacheOptions Options, string Directory, bool AreLimitsKnown, IReadOnlyList<string> Looked)
{
    /// <summary>All that the settings came from.</summary>
    public required IConfiguration Configuration { get; init; }

    /// <summary>The policy that the settings name, which <see cref="Options"/> do not: only a worker knows those that it registered, and most looks ask none.</summary>
    public string? Policy { get; init; }

    /// <summary>Whether the directory was named on this tool's command line.</summary>
    public bool IsNamed { get; init; }
}
