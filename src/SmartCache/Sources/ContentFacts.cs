namespace SmartCache.Sources;

/// <summary><c>facts/{contentHash}.json</c>: what is known about a content, also after its entry is gone.</summary>
internal sealed record ContentFacts
{
    public int Version { get; init; } = 1;

    public required string ContentHash { get; init; }

    public required long Length { get; init; }

    /// <summary>What the probe said.</summary>
    /// <remarks>Source-generated JSON sets a member that is absent to null, whatever its initializer says, and takes null for an element of any collection.</remarks>
    public IReadOnlyDictionary<string, string> Facts { get; init => field = WithoutNulls(value); } = new Dictionary<string, string>();

    /// <summary>Whether a probe has said what there is to say, be it nothing. Where there was none, one that is registered later is asked.</summary>
    public bool IsProbed { get; init; }

    /// <summary>Whether an encode of full duration came out of it. Nothing else proves a source: a truncated file passes every probe.</summary>
    public bool Proven { get; init; }

    /// <summary>An encode of it failed although it is proven, and its entry has not been read again since: nobody is given it before that.</summary>
    public bool Suspected { get; init; }

    /// <summary>The content was asked for by its own SHA-256 and had it: fetching it again would give the same bytes.</summary>
    public bool IsNamed { get; init; }

    /// <summary>What came of failing encodes; <see langword="null"/> where none failed since it was proven.</summary>
    public SourceDoubt? Doubt { get; init; }

    /// <summary>How many encodes failed for a reason that need not be the source's, before it was proven.</summary>
    public int Excused { get; init; }

    /// <summary>When the last of them did.</summary>
    public DateTimeOffset? ExcusedAt { get; init; }

    /// <summary>The source was dropped with its facts, and only <see cref="Doubt"/> is left.</summary>
    public bool IsDropped { get; init; }

    /// <summary>Hash of the streams that it holds, which other contents may hold too; <see langword="null"/> where it is not known.</summary>
    public string? Streams { get; init; }

    /// <summary>Names of the profile entries last made from it, newest last: tells an evicted profile from one never made, and what <c>Observe</c> would have hit.</summary>
    public IReadOnlyList<string> Recipes { get; init => field = value is null ? [] : [.. value.Where(static recipe => recipe is not null)]; } = [];

    public SourceMedia ToMedia() => new() { ContentHash = ContentHash, Length = Length, Facts = Facts };

    /// <summary>A fact without a value is none.</summary>
    public static IReadOnlyDictionary<string, string> WithoutNulls(IReadOnlyDictionary<string, string>? facts) =>
        facts is not null && !facts.Values.Contains(null)
            ? facts
            : (facts ?? new Dictionary<string, string>()).Where(static fact => fact.Value is not null).ToDictionary(StringComparer.Ordinal);
}
