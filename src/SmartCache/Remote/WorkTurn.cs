using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>
/// The right to do the work of one key over all hosts, or the lack of it. While it is held and the production shows life, other hosts see that. It is given back in the
/// background: nobody waits for that.
/// </summary>
internal sealed class WorkTurn : IAsyncDisposable
{
    /// <summary>There is no coordination: work as if alone.</summary>
    public static WorkTurn Alone { get; } = new(null, false, false);

    private readonly IWorkLease? _lease;
    private readonly RemoteLink? _link;
    private readonly CancellationTokenSource _over = new();
    private StageProgress _last = new("working");
    private int _disposed;
    private int _moved;
    private bool _isSending;

    private WorkTurn(IWorkLease? lease, bool waited, bool isElsewhere, RemoteLink? link = null) => (_lease, Waited, IsElsewhere, _link) = (lease, waited, isElsewhere, link);

    /// <summary>Whether another host was waited for.</summary>
    public bool Waited { get; }

    /// <summary>Whether another host had the work before, waited for or not: what is wanted may be there now.</summary>
    public bool MayBeThere { get; private init; }

    /// <summary>Another host does the work, and the caller did not want to wait.</summary>
    public bool IsElsewhere { get; }

    /// <summary>Whether there is something to give back.</summary>
    public bool IsHeld => _lease is not null && Volatile.Read(ref _disposed) == 0;

    public static WorkTurn Elsewhere { get; } = new(null, false, true);

    public static WorkTurn Without(bool waited) => new(null, waited, false) { MayBeThere = waited };

    public static WorkTurn Of(IWorkLease lease, bool waited, RemoteLink link, Production production)
    {
        // Whoever had it before may have finished it since this host looked.
        var turn = new WorkTurn(lease, waited, false, link) { MayBeThere = waited || !ObjectWorkLeases.IsFirst(lease) };
        _ = turn.BeatAsync(link, production);
        return turn;
    }

    /// <summary>Wraps a stage's progress: other hosts are told of it.</summary>
    public IProgress<StageProgress>? Observe(IProgress<StageProgress>? inner) => _lease is null ? inner : new Observer(this, inner);

    /// <summary>The work is done and is being sent: alive until that has ended, or took too long.</summary>
    public void StartSending() => Volatile.Write(ref _isSending, true);

    /// <summary>What is not on its way to the store is not waited for: the next host may begin at once. Nobody waits for this.</summary>
    public void GiveBackUnlessSending()
    {
        if (!Volatile.Read(ref _isSending))
        {
            GiveBack();
        }
    }

    /// <summary>Gives it back; nobody waits for that, but the end of the process for a moment: else the other hosts would wait for <c>LockTimeout</c>.</summary>
    public void GiveBack()
    {
        if (IsHeld)
        {
            _link!.InBackground(async () => await DisposeAsync().ConfigureAwait(false));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lease is null || Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _over.CancelAsync().ConfigureAwait(false);
        try
        {
            await _lease.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Others find out by its silence.
        }
    }

    private async Task BeatAsync(RemoteLink link, Production production)
    {
        var seen = production.Signs;
        var sendingSince = -1L;
        try
        {
            while (true)
            {
                await Task.Delay(Interval(link), link.Time, _over.Token).ConfigureAwait(false);
                if (Volatile.Read(ref _isSending) && sendingSince < 0)
                {
                    sendingSince = link.Time.GetTimestamp();
                }

                // Switched off, it will not be sent: nobody is to wait for it.
                if (!link.MayWrite || (sendingSince >= 0 && link.Time.GetElapsedTime(sendingSince) > link.Settings.QueueAge / 100))
                {
                    await DisposeAsync().ConfigureAwait(false);
                    return;
                }

                if (sendingSince >= 0 || production.Signs != seen || Interlocked.Exchange(ref _moved, 0) == 1)
                {
                    seen = production.Signs;
                    await ShowAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Given back.
        }
    }

    private async ValueTask ShowAsync()
    {
        try
        {
            await _lease!.ShowLifeAsync(Volatile.Read(ref _last), _over.Token).ConfigureAwait(false);
        }
        catch (Exception) when (!_over.IsCancellationRequested)
        {
            // The store fails, or the worker's own leases gave up. Another host may begin the same work, and either result is valid.
        }
    }

    private static TimeSpan Interval(RemoteLink link) =>
        TimeSpan.FromTicks(Math.Clamp(link.Layer.Settings.Current.LockTimeout.Ticks / 5, TimeSpan.TicksPerMillisecond * 200, TimeSpan.TicksPerMinute));

    private sealed class Observer(WorkTurn turn, IProgress<StageProgress>? inner) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            Volatile.Write(ref turn._last, value);
            Volatile.Write(ref turn._moved, 1);
            inner?.Report(value);
        }
    }
}
