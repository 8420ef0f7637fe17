using System.Text.Json.Serialization;

namespace SmartCache.Sources;

/// <summary><c>ahead/{entry}.json</c>: a source that was fetched before a job asked for it, and that none has asked for yet.</summary>
internal sealed record AheadRecord
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Bytes that were downloaded.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds that the download took.</summary>
    public required double Seconds { get; init; }

    /// <summary>When it was complete.</summary>
    public required DateTimeOffset FetchedAt { get; init; }

    /// <summary>Which writer publishes, or has published, the entry: while that lives, a missing entry may be about to come.</summary>
    public required string Writer { get; init; }

    /// <summary>What of the download lay before a request.</summary>
    public TimeSpan HiddenBefore(DateTimeOffset request)
    {
        var after = Math.Max(0, (FetchedAt - request).TotalSeconds);
        return TimeSpan.FromSeconds(Math.Clamp(Seconds - after, 0, TimeSpan.FromDays(30).TotalSeconds));
    }

    /// <summary>Whether the figures can be.</summary>
    [JsonIgnore]
    public bool IsPossible => Version == CurrentVersion && Bytes >= 0 && double.IsFinite(Seconds) && Seconds >= 0;
}
