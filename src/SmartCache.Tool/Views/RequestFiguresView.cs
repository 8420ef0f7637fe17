using System.Text.Json.Serialization;

namespace SmartCache.Tool.Views;

/// <summary>How requests went.</summary>
internal sealed record RequestFiguresView
{
    public required int Requests { get; init; }

    public required int Hits { get; init; }

    public required int Joined { get; init; }

    /// <summary>First requests for what was fetched ahead: nothing was waited for, and its bytes were moved once.</summary>
    public required int Prefetched { get; init; }

    public required int Misses { get; init; }

    public required int Bypassed { get; init; }

    /// <summary>Hits and joined of all but bypassed ones; <see langword="null"/> without any. What was fetched ahead is no hit: nothing was spared but the wait.</summary>
    public required double? HitRate { get; init; }

    /// <summary>Requests for which no stage of the worker ran.</summary>
    [JsonIgnore]
    public int Served => Hits + Joined + Prefetched;

    public required double SavedSeconds { get; init; }

    public required long SavedBytes { get; init; }
}
