namespace SmartCache.Layers;

/// <summary>
/// A production that no job has asked for yet. A job of this process that waits for its key says so itself; one of another process sees by the length of the lock file
/// that nobody had asked, and holds <c>locks/join-KEY</c> while it waits, which is looked for here.
/// </summary>
internal sealed class AheadProduction : IAsyncDisposable
{
    /// <summary>Begins the name of the lock that a waiting job holds.</summary>
    public const string JoinLock = "join-";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly EntryLayer _layer;
    private readonly string _key;
    private Task _looking = Task.CompletedTask;

    private AheadProduction(EntryLayer layer, string key) => (_layer, _key) = (layer, key);

    /// <summary>Done when a job waits for it: from then on it is that job's.</summary>
    public Task Joined => _joined.Task;

    /// <summary>Marks a production as one that nobody asked for.</summary>
    public static async ValueTask<AheadProduction> BeginAsync(EntryLayer layer, string key, Production production)
    {
        var ahead = new AheadProduction(layer, key);
        layer.SingleFlight.Joins.Expect(key, ahead._joined);
        await layer.Boundary.AttemptAsync(
            "mark ahead",
            false,
            _ =>
            {
                // Of a waiter that was killed; one that lives keeps it.
                layer.Directory.TryLock(JoinLock + key, exclusive: true)?.DeleteAndDispose();
                production.MarkAhead();
                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
        ahead._looking = ahead.LookAsync();
        return ahead;
    }

    public async ValueTask DisposeAsync()
    {
        _layer.SingleFlight.Joins.Forget(_key);
        await _over.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task LookAsync()
    {
        while (!_joined.Task.IsCompleted && !_over.IsCancellationRequested)
        {
            if (await _layer.Boundary.AttemptAsync("look for a waiter", false, _ => _layer.Files.FileExists(Path.Combine(_layer.Directory.Locks, JoinLock + _key)), _over.Token).ConfigureAwait(false))
            {
                _joined.TrySetResult();
                return;
            }

            await Task.Delay(LookInterval, _layer.Time, _over.Token).ConfigureAwait(false);
        }
    }
}
