using System.Collections.Concurrent;

namespace SmartCache.Layers;

/// <summary>
/// Work that the job does not wait for: hashing, flushing, publishing. At the end of the process it gets the time the host leaves;
/// what is not finished by then is cancelled, and is a miss next time.
/// </summary>
internal sealed class BackgroundSaves(TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan GraceOnDispose = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CleaningUp = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Task, Task> _running = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Action> _beforeFlush = [];

    /// <summary>Cancelled when the time for finishing is up.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public int Count => _running.Count;

    /// <summary>Starts work on the thread pool. It must not throw: faults are turned into log lines by the boundary inside it.</summary>
    public Task<T> Run<T>(Func<CancellationToken, Task<T>> work) => Keep(Task.Run(() => work(_stopping.Token), CancellationToken.None));

    /// <summary>The same for work that its caller has begun: nobody's thread wakes for it alone.</summary>
    public Task<T> Keep<T>(Task<T> task)
    {
        _running[task] = task;
        _ = task.ContinueWith(
            static (done, running) => ((ConcurrentDictionary<Task, Task>)running!).TryRemove(done, out _),
            _running,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return task;
    }

    /// <summary>Is called by each <see cref="FlushAsync"/>, to start now what was to be started later. Only while the cache is made.</summary>
    public void BeforeFlush(Action begin) => _beforeFlush.Add(begin);

    /// <summary>Waits until everything that was running is done, and what that has started.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        // Twice: what is stored may start a clean-up. No more often, or a busy worker would wait for ever.
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var task in _running.Keys)
            {
                await task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (pass == 0)
            {
                foreach (var begin in _beforeFlush)
                {
                    begin();
                }
            }
        }
    }

    /// <summary>Waits until everything is done or the host's patience ends; then cancels the rest and waits for it to clean up.</summary>
    /// <returns>How many were cancelled.</returns>
    public async Task<int> StopAsync(CancellationToken patience)
    {
        try
        {
            await FlushAsync(patience).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException)
        {
            var abandoned = _running.Count;
            await _stopping.CancelAsync().ConfigureAwait(false);

            // They find out at their next beat. Bounded: one that hangs on its disk must not hang the worker's end.
            await Task.WhenAll(_running.Keys).WaitAsync(CleaningUp, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return abandoned;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(GraceOnDispose, time);
        await StopAsync(patience.Token).ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
    }
}
