namespace SmartCache.Layers;

/// <summary>A question to the worker's code that only the cache asks. A job waits for the answer, so that there is a limit.</summary>
internal static class WorkerQuestion
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The answer, or what the worker's code throws.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<T> AskAsync<T>(Func<CancellationToken, ValueTask<T>> question, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // On a thread of its own: one that waits for a process without awaiting must not outlast the limit either. The time to get a thread is not the question's.
            var answer = Task.Run(
                () =>
                {
                    limit.CancelAfter(Limit);
                    return question(either.Token).AsTask();
                },
                cancellationToken);
            _ = answer.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await answer.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            // The worker's code may end a cancelled call with any exception; whoever waits knows only one.
            throw new OperationCanceledException("The question was cancelled.", exception, cancellationToken);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"There was no answer in {Limit.TotalSeconds:0} s.", exception);
        }
    }
}
