namespace SmartCache.Remote;

/// <summary>A small question that nobody waits for, and never a second one before the first has come back: an adaptor that blocks holds a thread.</summary>
internal sealed class StoreProbe(Func<CancellationToken, Task> ask, RemoteLink link)
{
    private Task? _last;

    /// <summary>Asks; throws where the store does not answer within <c>LookupTimeout</c>.</summary>
    public Task AskAsync(CancellationToken stopping)
    {
        if (_last is { IsCompleted: false })
        {
            return Task.FromException(new ObjectStoreException(ObjectStoreFault.Unavailable, "The last question has not come back."));
        }

        var guard = new StallGuard(link.Settings.LookupTimeout, link.Time, stopping);
        var token = guard.Token;
        var asked = _last = Task.Run(() => ask(token), CancellationToken.None);
        return WaitAsync(asked, guard);
    }

    private static async Task WaitAsync(Task asked, StallGuard guard)
    {
        using var closing = guard;
        try
        {
            await asked.WaitAsync(guard.Token).ConfigureAwait(false);
        }
        finally
        {
            // Reading the exception marks it as observed.
            _ = asked.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
