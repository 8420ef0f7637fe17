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
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = new PendingAnswer<T>(question, time, limit.Token);
        try
        {
            // On a thread of its own: a question that waits for a process without awaiting must not outlast the limit either. Every hit asks one, so it costs few objects.
            var waiting = answer.Task.WaitAsync(Limit, time, cancellationToken);
            ThreadPool.QueueUserWorkItem(static answer => answer.Begin(), answer, preferLocal: true);
            while (true)
            {
                try
                {
                    return await waiting.ConfigureAwait(false);
                }
                catch (TimeoutException) when (!answer.Task.IsCompleted && answer.Left is var left && left > TimeSpan.Zero)
                {
                    // The time to get a thread is not the question's.
                    waiting = answer.Task.WaitAsync(left, time, cancellationToken);
                }
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            // The worker's code may end a cancelled call with any exception; whoever waits knows only one.
            throw new OperationCanceledException("The question was cancelled.", exception, cancellationToken);
        }
        catch (TimeoutException exception) when (!answer.Task.IsCompleted)
        {
            throw new TimeoutException($"There was no answer in {Limit.TotalSeconds:0} s.", exception);
        }
        finally
        {
            if (answer.Task.IsCompleted)
            {
                limit.Dispose();
            }
            else
            {
                _ = answer.GiveUpAsync(limit);
            }
        }
    }

    private sealed class PendingAnswer<T>(Func<CancellationToken, ValueTask<T>> question, TimeProvider time, CancellationToken cancellationToken) : TaskCompletionSource<T>
    {
        private long _began;
        private volatile bool _hasBegun;

        /// <summary>What the question has left of its limit.</summary>
        public TimeSpan Left => _hasBegun ? Limit - time.GetElapsedTime(_began) : Limit;

        public void Begin()
        {
            _began = time.GetTimestamp();
            _hasBegun = true;
            _ = AnswerAsync();
        }

        /// <summary>Nobody waits any more. <paramref name="limit"/> is disposed of when the worker's code has come back.</summary>
        public async Task GiveUpAsync(CancellationTokenSource limit)
        {
            await limit.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            limit.Dispose();
        }

        private async Task AnswerAsync()
        {
            T answer;
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                answer = await question(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                SetException(exception);

                // Where nobody waits any more it is no unobserved exception.
                _ = Task.Exception;
                return;
            }

            SetResult(answer);
        }
    }
}
