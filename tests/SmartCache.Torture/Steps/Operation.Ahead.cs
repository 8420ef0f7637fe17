using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>What is fetched before a job asks for it.</summary>
internal sealed partial record Operation
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _toldWithin = TimeSpan.FromMilliseconds(200);

    private static async Task<string> PrefetchAsync(StepCase test)
    {
        await using var ticket = await AnnounceAsync(test);
        return await AttemptAsync(test, ticket);
    }

    private static ValueTask<PrefetchTicket> AnnounceAsync(StepCase test) =>
        test.Cache.PrefetchAsync(new PrefetchRequest(new DownloadRequest(Content.Url(StepCase.Source), "") { JobId = Job }));

    /// <summary>One attempt: the next one would be a minute later.</summary>
    private static async Task<string> AttemptAsync(StepCase test, PrefetchTicket ticket)
    {
        while (!ticket.Completion.IsCompleted && test.Cache.Prefetcher.Running.Count > 0)
        {
            await Task.Delay(_look);
        }

        // It is told right after it has ended.
        await Task.WhenAny(ticket.Completion, Task.Delay(_toldWithin));
        if (!ticket.Completion.IsCompleted)
        {
            return "failed once";
        }

        var outcome = await ticket.Completion;
        if (outcome == PrefetchOutcome.Stored)
        {
            await test.Cache.FlushAsync();
            test.Give(Promise.SourceIsServed);
        }

        return outcome.ToString();
    }

    /// <summary>A job asks for it while it is fetched.</summary>
    private static async Task<string> JoinAsync(StepCase test)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        StubDownloader.HoldNext(gate);
        try
        {
            await using var ticket = await AnnounceAsync(test);
            while (StubDownloader.HoldsNext && !ticket.Completion.IsCompleted && test.Cache.Prefetcher.Running.Count > 0)
            {
                await Task.Delay(_look);
            }

            // Where nothing could be fetched ahead, the job is not to wait for itself.
            StubDownloader.HoldNext(null);
            var outcome = await test.DownloadAsync(progress: new Opens(gate));
            test.Give(Promise.SourceIsServed);
            return outcome.ToString();
        }
        finally
        {
            StubDownloader.HoldNext(null);
            gate.TrySetResult();
        }
    }

    /// <summary>Nobody is to come for it, and it waits for an idle worker.</summary>
    private static async Task<string> WarmAsync(StepCase test)
    {
        var prefetcher = test.Cache.Prefetcher;
        ((SkippingTime)test.Get<TimeProvider>()).SkipMinute();
        await using var ticket = prefetcher.Announce(
            new PrefetchRequest(new DownloadRequest(Content.Url(StepCase.Source), "")) { Priority = PrefetchPriority.Popular }, whenIdle: true, maxBytes: StepCase.Room / 10);
        await prefetcher.WeighedAsync();
        return await AttemptAsync(test, ticket);
    }

    /// <summary>Fetched by a worker that is gone.</summary>
    private static async Task WithAheadAsync(StepCase test)
    {
        await test.OpenAsync();
        var ticket = await AnnounceAsync(test);
        if (await ticket.Completion != PrefetchOutcome.Stored)
        {
            throw new WrongBytesException("nothing was fetched ahead");
        }

        await test.OpenAsync();
    }

    private static async Task WithTicketAsync(StepCase test)
    {
        await test.OpenAsync();
        var ticket = await AnnounceAsync(test);
        await ticket.Completion;
        test.Held = ticket;
    }

    private static async Task<string> WithdrawAsync(StepCase test)
    {
        await test.Held!.DisposeAsync();
        test.Held = null;
        return "withdrawn";
    }

    private static async Task<string> WasteAsync(StepCase test)
    {
        await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        await test.Cache.CleanupAsync();
        return "wasted";
    }

    /// <summary>The joined download goes on as soon as the job waits for it.</summary>
    private sealed class Opens(TaskCompletionSource gate) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => gate.TrySetResult();
    }

    /// <summary>A clock on which a minute passes at once.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        private long _skipped;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _skipped);

        public void SkipMinute() => Interlocked.Add(ref _skipped, 60 * TimestampFrequency);
    }
}
