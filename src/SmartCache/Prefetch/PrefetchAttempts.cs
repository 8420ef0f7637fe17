using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Prefetch;

/// <summary>Makes attempts at announced downloads, and says of each whether there is to be another one or what it came to. Throws nothing.</summary>
/// <param name="store">The source layer.</param>
/// <param name="room">How much may be fetched.</param>
/// <param name="jobs">Whose the entries are.</param>
/// <param name="downloaders">The worker's; <see langword="null"/> where there are none, and then nothing is announced.</param>
/// <param name="queue">What is announced.</param>
internal sealed class PrefetchAttempts(SourceStore store, PrefetchRoom room, JobRecords jobs, IPrefetchDownloaders? downloaders, PrefetchQueue queue)
{
    /// <summary>So many attempts in a row may keep nothing of what they had downloaded.</summary>
    private const int MostInVain = 3;

    private static readonly TimeSpan SecondTryAfter = TimeSpan.FromMinutes(1);

    /// <summary>A download that somebody else makes is looked at again after this.</summary>
    private static readonly TimeSpan ElsewhereAfter = TimeSpan.FromSeconds(2);

    private EntryLayer Layer => store.Layer;

    /// <summary>One attempt.</summary>
    public async Task RunAsync(PrefetchItem item, CancellationTokenSource running)
    {
        PrefetchEnd end;
        try
        {
            end = item.Request.UsefulUntil <= Layer.Time.GetUtcNow()
                ? PrefetchEnd.Expired
                : await new PrefetchRun(item, store, room, jobs, downloaders!, running).RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = PrefetchEnd.Of(exception, item, running);
        }

        try
        {
            await SettleAsync(item, end).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Else it would run for ever, and whoever announced it would wait.
            Layer.Boundary.Report("prefetch", exception);
            queue.End(item, isHeld: false);
            Complete(item, new PrefetchEnd(PrefetchOutcome.Failed, FailureNames.Of(exception)));
        }
    }

    /// <summary>Releases what waits where a job has asked for it, also in another process.</summary>
    public async ValueTask LookAsync(PrefetchItem item)
    {
        var entry = ContentName.Of(item.ContentHash!);
        if (!await Layer.Boundary.AttemptAsync("look what waits", true, _ => store.Catalog.Ahead.IsWaiting(entry), CancellationToken.None).ConfigureAwait(false))
        {
            queue.Release(held => held == item);
        }
    }

    /// <summary>What was fetched belongs to the job no longer.</summary>
    public async ValueTask UnprotectAsync(PrefetchItem item)
    {
        if (item is { JobId: { } job, ContentHash: { } content })
        {
            await jobs.WithdrawAsync(job, content, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the announcements whose time is over, and all that have not begun where they may not any more.</summary>
    public void DropWhatMayNot()
    {
        if (PrefetchEnd.SwitchedOff(Layer) is { } off)
        {
            Complete(queue.Take(static _ => true), off);
            return;
        }

        var now = Layer.Time.GetUtcNow();
        Complete(queue.Take(item => item.Request.UsefulUntil <= now), PrefetchEnd.Expired);
    }

    /// <summary>There is no further attempt.</summary>
    public void Complete(PrefetchItem item, PrefetchEnd end)
    {
        queue.Forget(item);

        // A job goes on from a partial. One that no job will come for would take from MaxSize until it is old.
        if (item is { HasPartial: true, IsJoined: false } && !queue.IsStopped && (end.Outcome != PrefetchOutcome.Failed || item.JobId is null))
        {
            _ = Layer.Saves.Run(stopping => DropPartialAsync(item, stopping));
        }

        PrefetchReport.Finish(Layer, item, end);
    }

    private void Complete(IReadOnlyList<PrefetchItem> items, PrefetchEnd end)
    {
        foreach (var item in items)
        {
            Complete(item, end);
        }
    }

    // Whoever holds the key may be in it, and keeps it then.
    private async Task<bool> DropPartialAsync(PrefetchItem item, CancellationToken stopping)
    {
        try
        {
            var dropped = await Layer.SingleFlight.TryRunAsync<object>(
                item.Key.Name,
                HeldKey.Leave,
                static _ => default,
                async production => production.IsLocked && await Layer.Boundary.AttemptAsync("drop a partial", false, Drop, stopping).ConfigureAwait(false) ? production : null,
                progress: null,
                stopping).ConfigureAwait(false);
            return dropped is not null;
        }
        catch (OperationCanceledException)
        {
            return false; // It is swept when it is old.
        }

        bool Drop(OperationPulse pulse)
        {
            store.DropPartial(item.Key);
            return true;
        }
    }

    private async ValueTask SettleAsync(PrefetchItem item, PrefetchEnd end)
    {
        if (end == PrefetchEnd.MadeWay && item.InVain >= MostInVain)
        {
            // It cannot go on from a partial. Begun again and again, it would take the link in each pause of the jobs, and never be done.
            item.HasFailed = true;
            end = new PrefetchEnd(PrefetchOutcome.Failed, $"made way for jobs {item.InVain} times, and nothing was kept of what had come");
        }

        if (IsTriedAgain(item, end))
        {
            return;
        }

        if (end.Outcome is null)
        {
            end = new PrefetchEnd(PrefetchOutcome.Cancelled, "no longer wanted");
        }

        queue.End(item, isHeld: end.Outcome == PrefetchOutcome.Stored);
        if (end.Outcome == PrefetchOutcome.Stored)
        {
            // It may have been asked for before it was held.
            await LookAsync(item).ConfigureAwait(false);
            item.Stored?.Invoke(ContentName.Of(item.ContentHash!), item.Bytes);
        }

        if (item.IsWithdrawn)
        {
            await UnprotectAsync(item).ConfigureAwait(false);
        }

        Complete(item, end);
    }

    private bool IsTriedAgain(PrefetchItem item, PrefetchEnd end)
    {
        var now = Layer.Time.GetUtcNow();
        if (end.Outcome is null)
        {
            return queue.PutBack(item, end == PrefetchEnd.Elsewhere ? now + ElsewhereAfter : item.NotBefore);
        }

        if (end.Outcome != PrefetchOutcome.Failed || item is not { HasFailed: false, IsJoined: false })
        {
            return false;
        }

        item.HasFailed = true;
        PrefetchReport.TriesAgain(Layer, item, end, SecondTryAfter);
        return queue.PutBack(item, now + SecondTryAfter);
    }
}
