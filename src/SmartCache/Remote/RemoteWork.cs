using SmartCache.Diagnostics;
using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>One producer at a time over all hosts, on the worker's own leases or on those in the store. Any fault: work without.</summary>
internal sealed class RemoteWork(RemoteLink link, Func<IWorkLeases>? own)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Rounds in a row in which nobody is seen to have the work and it is not to be had: the store does not agree with itself, or does not answer.</summary>
    private const int MostForNobody = 3;

    /// <summary>A holder without a sign of life for <c>LockTimeout</c> has been taken over by then, where that is possible at all.</summary>
    private static readonly TimeSpan Takeover = TimeSpan.FromSeconds(60);

    private readonly ObjectWorkLeases _inStore = new(link);
    private readonly ConditionProof _proof = new(link);

    private bool IsOn => link.MayWrite && link.Settings is { Coordinate: true, Reads: true };

    /// <summary>Takes the work of a key, after waiting for another host that has it.</summary>
    /// <param name="key">What is to be made.</param>
    /// <param name="mayWait">Whether to wait: whoever holds another key must not.</param>
    /// <param name="production">The right to make it on this host.</param>
    /// <param name="progress">Is told of the wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<WorkTurn> EnterAsync(string key, bool mayWait, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var waited = false;
        try
        {
            if (!IsOn || await LeasesAsync(cancellationToken).ConfigureAwait(false) is not { } leases)
            {
                return WorkTurn.Alone;
            }

            var (forNobody, sign, since) = (0, "", 0L);
            for (var pause = FirstPause; ; pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
            {
                try
                {
                    if (await TakeAsync(leases, key, cancellationToken).ConfigureAwait(false) is { } lease)
                    {
                        link.Meter.Remote.Lease(waited ? "TakenAfterWaiting" : "Taken");
                        return WorkTurn.Of(lease, waited, link, production);
                    }

                    if (!mayWait)
                    {
                        link.Meter.Remote.Lease("Elsewhere");
                        return WorkTurn.Elsewhere;
                    }

                    waited = true;
                    var now = await LookAsync(leases, key, progress, cancellationToken).ConfigureAwait(false);
                    forNobody = now is null ? forNobody + 1 : 0;
                    if (now is not null && now != sign)
                    {
                        (sign, since) = (now, link.Time.GetTimestamp());
                    }
                }
                catch (Exception) when (waited && !cancellationToken.IsCancellationRequested)
                {
                    // One fault does not undo a wait: the store may be well again in a second, and the work of minutes would be done twice.
                    (pause, forNobody) = (forNobody == 0 ? FirstPause : pause, forNobody + 1);
                }

                if (forNobody == MostForNobody || (since != 0 && link.Time.GetElapsedTime(since) > link.Layer.Settings.Current.LockTimeout + Takeover))
                {
                    link.Meter.Remote.Lease("Failed");
                    return WorkTurn.Without(waited);
                }

                await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), link.Time, cancellationToken).ConfigureAwait(false);
                if (!IsOn)
                {
                    // Switched off meanwhile: nobody waits for another host any more.
                    return WorkTurn.Without(waited);
                }
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            link.Meter.Remote.Lease("Failed");
            return WorkTurn.Without(waited);
        }
    }

    private async ValueTask<IWorkLeases?> LeasesAsync(CancellationToken cancellationToken) =>
        own is not null ? own() : await _proof.HoldsAsync(cancellationToken).ConfigureAwait(false) ? _inStore : null;

    // The worker's own code may hang, as a store may. A request that was cancelled may have been served all the same: it is never cancelled, and what comes late is given back.
    private async ValueTask<IWorkLease?> TakeAsync(IWorkLeases leases, string key, CancellationToken cancellationToken)
    {
        var asked = Task.Run(() => leases.TryTakeAsync(key, CancellationToken.None).AsTask(), CancellationToken.None);
        try
        {
            return await asked.WaitAsync(link.Settings.LookupTimeout * 3, link.Time, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            link.InBackground(() => GiveBackAsync(asked));
            throw;
        }
    }

    private static async Task GiveBackAsync(Task<IWorkLease?> late)
    {
        try
        {
            if (await late.ConfigureAwait(false) is { } lease)
            {
                await lease.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // It was not taken; or others find out by its silence.
        }
    }

    /// <returns>The holder's sign of life; <see langword="null"/> where nobody has it.</returns>
    private async ValueTask<string?> LookAsync(IWorkLeases leases, string key, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var sign = await Task.Run(() => leases.LookAsync(key, cancellationToken).AsTask(), CancellationToken.None).WaitAsync(link.Settings.LookupTimeout * 2, link.Time, cancellationToken).ConfigureAwait(false);
        progress.Tell(new StageProgress(sign?.Progress is { } far ? $"waiting: {far.Phase}" : "waiting") { Fraction = sign?.Progress?.Fraction });
        return sign?.Sign;
    }
}
