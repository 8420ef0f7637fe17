using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;

namespace SmartCache.Prefetch;

/// <summary>What one attempt at an announced download came to.</summary>
/// <param name="Outcome">The end of the announcement; <see langword="null"/> where there is to be another attempt.</param>
/// <param name="Details">Why, for the log.</param>
internal sealed record PrefetchEnd(PrefetchOutcome? Outcome, string Details)
{
    /// <summary>It made way for a job; what came so far lies in its partial.</summary>
    public static PrefetchEnd MadeWay { get; } = new(null, "made way for a job");

    /// <summary>What it asks for is of no more use.</summary>
    public static PrefetchEnd Expired { get; } = new(PrefetchOutcome.Expired, "its time is over");

    /// <summary>Somebody else is fetching it.</summary>
    public static PrefetchEnd Elsewhere { get; } = new(null, "is being fetched elsewhere");

    /// <summary>There is no room for what comes.</summary>
    public static PrefetchEnd TooMuch { get; } = new(PrefetchOutcome.NoRoom, "more came than may be fetched ahead");

    /// <summary>It neither reports nor grows.</summary>
    public static PrefetchEnd Stalled { get; } = new(PrefetchOutcome.Failed, "the download showed no sign of life");

    /// <summary>Where nothing is fetched ahead any more: settings change while a worker runs.</summary>
    public static PrefetchEnd? SwitchedOff(EntryLayer layer) =>
        layer is { Mode: LayerMode.On, Boundary.IsDisabled: false } && layer.Settings.Current.PrefetchMode == LayerMode.On ? null : new(PrefetchOutcome.NotAllowed, "switched off");

    /// <summary>What it comes to that an attempt threw.</summary>
    public static PrefetchEnd Of(Exception exception, PrefetchItem item, CancellationTokenSource running) =>
        exception is PrefetchStoppedException stopped ? stopped.End
        : !running.IsCancellationRequested ? new PrefetchEnd(PrefetchOutcome.Failed, FailureNames.Of(exception))
        : item is { PausedSince: not null, IsWithdrawn: false } ? MadeWay
        : new PrefetchEnd(PrefetchOutcome.Cancelled, "no longer wanted");
}
