using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.Sources;

namespace SmartCache.Prefetch;

/// <summary>What warmers suggest is fetched one after the other, while no stage of a job runs and within a budget.</summary>
internal sealed class Warming(Prefetcher prefetcher, SourceCatalog catalog, ILogger logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // What rounds have stored, as long as nobody asked for it.
    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);

    private TimeProvider Time => catalog.Layer.Time;

    // Settings change while a round runs, and a round may take hours.
    private bool IsOn => PrefetchEnd.SwitchedOff(catalog.Layer) is null && catalog.Layer.Settings.Current.WarmInterval > TimeSpan.Zero;

    /// <summary>Asks all of them, as soon as no stage has run for long enough. Throws nothing but the end of the process.</summary>
    public async Task RunAsync(IEnumerable<ICacheWarmer> warmers, CancellationToken cancellationToken)
    {
        var began = Time.GetTimestamp();
        var round = new Round();
        foreach (var warmer in warmers)
        {
            try
            {
                await AskAsync(warmer, round, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                PrefetchLog.WarmerFailed(logger, warmer.GetType().Name, FailureNames.Of(exception));
            }
        }

        PrefetchLog.Warmed(logger, round.Suggested, round.Stored, round.Bytes, Time.GetElapsedTime(began).TotalSeconds);
    }

    private async Task AskAsync(ICacheWarmer warmer, Round round, CancellationToken cancellationToken)
    {
        var left = await BeginAsync(cancellationToken).ConfigureAwait(false);
        if (!IsOn)
        {
            return;
        }

        var context = new WarmContext { Now = Time.GetUtcNow(), BytesLeft = left };
        await foreach (var request in warmer.SuggestAsync(context, cancellationToken).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            round.Suggested++;
            if ((request.Download.ExpectedLength is not { } length || length <= left)
                && await FetchAsync(request, left, round, cancellationToken).ConfigureAwait(false) == PrefetchOutcome.NotAllowed)
            {
                // Nor would the others be, and a warmer need not end.
                return;
            }

            left = await BeginAsync(cancellationToken).ConfigureAwait(false);
            if (left <= 0)
            {
                return;
            }
        }
    }

    private async Task<PrefetchOutcome> FetchAsync(PrefetchRequest request, long most, Round round, CancellationToken cancellationToken)
    {
        var ticket = prefetcher.Announce(request with { Priority = PrefetchPriority.Popular }, whenIdle: true, most, (entry, bytes) =>
        {
            _waiting[entry] = bytes;
            round.Stored++;
            round.Bytes += bytes;
        });
        try
        {
            return await ticket.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await ticket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until no stage of a job has run for long enough.</summary>
    /// <returns>Bytes that are left.</returns>
    private async ValueTask<long> BeginAsync(CancellationToken cancellationToken)
    {
        while (catalog.Layer.Stages.Idle < PrefetchQueue.IdleBefore && IsOn)
        {
            await Task.Delay(LookInterval, Time, cancellationToken).ConfigureAwait(false);
        }

        if (!IsOn)
        {
            return 0;
        }

        var waiting = await catalog.Layer.Boundary.AttemptAsync<IReadOnlyDictionary<string, long>?>("look what waits", null, catalog.Ahead.Waiting, cancellationToken).ConfigureAwait(false);
        foreach (var gone in _waiting.Keys.Where(entry => waiting?.ContainsKey(entry) == false).ToList())
        {
            _waiting.Remove(gone);
        }

        var settings = catalog.Layer.Settings.Current;
        return settings.WarmMaxBytes.Of(settings.MaxSize) - _waiting.Values.Sum();
    }

    private sealed class Round
    {
        public int Suggested { get; set; }

        public int Stored { get; set; }

        public long Bytes { get; set; }
    }
}
