using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>What is fetched before a job asks for it.</summary>
internal sealed partial record Operation
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(5);

    private static async Task<string> PrefetchAsync(StepCase test)
    {
        await using var ticket = await test.Cache.PrefetchAsync(new PrefetchRequest(new DownloadRequest(Content.Url(StepCase.Source), "") { JobId = Job }));

        // One attempt: the next one would be a minute later.
        while (!ticket.Completion.IsCompleted && test.Cache.Prefetcher.Running.Count > 0)
        {
            await Task.Delay(_look);
        }

        return ticket.Completion.IsCompleted ? (await ticket.Completion).ToString() : "failed once";
    }

    /// <summary>Fetched by a worker that is gone.</summary>
    private static async Task WithAheadAsync(StepCase test)
    {
        await test.OpenAsync();
        var ticket = await test.Cache.PrefetchAsync(new PrefetchRequest(new DownloadRequest(Content.Url(StepCase.Source), "") { JobId = Job }));
        if (await ticket.Completion != PrefetchOutcome.Stored)
        {
            throw new WrongBytesException("nothing was fetched ahead");
        }

        await test.OpenAsync();
    }

    private static async Task WithTicketAsync(StepCase test)
    {
        await test.OpenAsync();
        var ticket = await test.Cache.PrefetchAsync(new PrefetchRequest(new DownloadRequest(Content.Url(StepCase.Source), "") { JobId = Job }));
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
}
