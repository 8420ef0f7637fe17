using SmartCache.Abstractions;

namespace SmartCache.Sources;

/// <summary>What became of giving a worker its file from the cache.</summary>
/// <param name="Video">The file; <see langword="null"/> where none was given.</param>
/// <param name="How">The way it came.</param>
/// <param name="Saved">What making the entry had taken.</param>
/// <param name="Reason">Why there is no file.</param>
internal sealed record GivenSource(DownloadedVideo? Video, MaterializedBy How, TimeSpan Saved, Reason Reason)
{
    /// <summary>Whether the probe has to be asked again, see <see cref="LeasedSource.HasLostFacts"/>.</summary>
    public bool HasLostFacts { get; init; }

    /// <summary>Whether this is the first request for what was fetched ahead; <see cref="Saved"/> is then what lay before it.</summary>
    public bool IsAhead { get; init; }

    public static GivenSource None(Reason reason) => new(null, default, default, reason);
}
