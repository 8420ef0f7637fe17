using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>
/// The one door to the object store: every request passes it. It waits no longer than it is told to, whatever the adaptor does; what goes wrong is an answer here, never an
/// exception. A 404 or a condition that does not hold is an answer of a store that is well; everything else counts for its <see cref="Breaker"/>.
/// </summary>
internal sealed class RemoteLink : IDisposable
{
    /// <summary>Bytes a second. A job does not wait for what comes more slowly, unless it is known what that spares.</summary>
    public const double SlowestForJobs = 1e6;

    /// <summary>What an engine copies or puts together in a second at the least.</summary>
    private const double LeastBytesPerSecond = 10e6;

    private const int Rereads = 2;
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RereadPause = TimeSpan.FromMilliseconds(50);

    private readonly Func<IObjectStore>? _make;
    private readonly LayerAccess _layer;
    private readonly CacheMeter _meter;
    private readonly string _prefix;
    private long _refusedAt = long.MinValue;
    private readonly ConcurrentDictionary<Task, Task> _ending = new();
    private int _saidUse;
    private int _saidNoStore;

    public RemoteLink(Func<IObjectStore>? make, LayerAccess layer, CacheMeter meter)
    {
        (_make, _layer, _meter) = (make, layer, meter);
        _prefix = layer.Settings.Current.Remote.Prefix + "/v1/";
        Misses = new RecentNames(layer.Time);
        There = new RecentNames(layer.Time);
        Wrong = new RecentNames(layer.Time);
        Keys = new KnownKeys(layer.Time);
        Reads = new Breaker(Breaker.OfReads, layer, new StoreProbe(AskProbeAsync, this).AskAsync, Say);
        Writes = new Breaker(Breaker.OfWrites, layer, new StoreProbe(PutProbeAsync, this).AskAsync, Say);
    }

    public Breaker Reads { get; }

    public Breaker Writes { get; }

    /// <summary>Objects of which the store said a moment ago that they are not there. Only its own word is remembered.</summary>
    public RecentNames Misses { get; }

    /// <summary>What this process knows to be there.</summary>
    public RecentNames There { get; }

    /// <summary>What is proven wrong and cannot be deleted there.</summary>
    public RecentNames Wrong { get; }

    /// <summary>The same of keys.</summary>
    public KnownKeys Keys { get; }

    /// <summary>Is told when a rest ends.</summary>
    public Action? WorksAgain { get; set; }

    public LayerAccess Layer => _layer;

    public CacheMeter Meter => _meter;

    public TimeProvider Time => _layer.Time;

    public RemoteSettings Settings => _layer.Settings.Current.Remote;

    /// <summary>Whether there is a store, and the cache is on; says once where the settings want one that nobody registered.</summary>
    public bool IsUsable
    {
        get
        {
            if (Settings.Mode == RemoteMode.Off || !_layer.Settings.Current.Enabled)
            {
                return false;
            }

            if (_make is null && Interlocked.Exchange(ref _saidNoStore, 1) == 0)
            {
                RemoteLog.NoStore(_layer.Logger, Settings.Mode);
            }

            return _make is not null;
        }
    }

    /// <summary>Makes the adaptor before the first job needs it: that takes tenths of a second of processor time, on a busy machine more than a job would wait. Asks the store nothing.</summary>
    public void Prepare()
    {
        if (IsUsable && !_layer.Settings.Current.IsExistingOnly)
        {
            InBackground(() =>
            {
                try
                {
                    Store();
                }
                catch (Exception)
                {
                    // The first question meets the same, and says it.
                }

                return Task.CompletedTask;
            });
        }
    }

    /// <summary>Whether anything may be written there. Asked again for each request of work that takes long: the tier is switched off live.</summary>
    public bool MayWrite => IsUsable && Settings.Writes;

    /// <summary>Whether an object is so old that its use is to be noted there. By the store's clock against this machine's, which may differ by minutes: it is about days.</summary>
    public bool IsOld(DateTimeOffset modified) => Time.GetUtcNow() - modified > Settings.MaxAge / 4;

    /// <summary>Tells this store and prefix from others; says nothing of them.</summary>
    public string Identity => _prefix + " " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Store().Description)))[..32];

    /// <summary>The whole name of an object.</summary>
    public string NameOf(string below) => _prefix + below;

    /// <summary>One question to the store; the answer is there within <paramref name="patience"/>, or there is none.</summary>
    /// <param name="operation">For the figures: <c>get</c>, <c>stat</c>, <c>put</c>, <c>delete</c>, <c>touch</c>, <c>list</c>.</param>
    /// <param name="breaker">The direction.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="ask">The question. Gives <see langword="null"/> for "there is none".</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <param name="mayLose">Whether an error may mean that another one won: engines answer a lost race with 500, and are well.</param>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<RemoteAnswer<T>> AskAsync<T>(
        string operation, Breaker breaker, TimeSpan patience, Func<IObjectStore, CancellationToken, ValueTask<T?>> ask, CancellationToken cancellationToken, bool mayLose = false)
        where T : class
    {
        if (await RestsAsync(breaker, cancellationToken).ConfigureAwait(false))
        {
            return new(RemoteResult.Resting, null);
        }

        using var guard = new StallGuard(patience, Time, cancellationToken);
        return await AskAsync(operation, breaker, guard, ask, cancellationToken, mayLose).ConfigureAwait(false);
    }

    /// <summary>The same for a transfer, whose patience begins anew with each byte.</summary>
    public async ValueTask<RemoteAnswer<T>> AskAsync<T>(
        string operation, Breaker breaker, StallGuard guard, Func<IObjectStore, CancellationToken, ValueTask<T?>> ask, CancellationToken cancellationToken, bool mayLose = false)
        where T : class
    {
        for (var again = operation is "get" or "stat" ? Rereads : 0; ; again--)
        {
            var began = Time.GetTimestamp();
            var result = RemoteResult.Failed;
            try
            {
                var value = await Detached(ask, guard.Token).ConfigureAwait(false);
                result = value is null ? RemoteResult.NotThere : RemoteResult.Found;
                return new(result, value);
            }
            catch (ObjectStoreException exception) when (MayAskAgain(exception, again, began) && !guard.HasStalled && !cancellationToken.IsCancellationRequested)
            {
                result = RemoteResult.Failed;
            }
            catch (ObjectStoreException exception) when (mayLose && exception.Fault is ObjectStoreFault.Unavailable or ObjectStoreFault.ServerError
                && !guard.HasStalled && !cancellationToken.IsCancellationRequested)
            {
                return new(result, null);
            }
            catch (ObjectStoreException exception) when (operation == "delete" && exception.Fault == ObjectStoreFault.Denied && !cancellationToken.IsCancellationRequested)
            {
                // Credentials that may not delete may put all the same.
                SayRefused(exception);
                return new(result, null);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                return new(result = Note(exception, guard, breaker), null);
            }
            finally
            {
                _meter.Remote.Request(operation, cancellationToken.IsCancellationRequested ? "Cancelled" : result.ToString(), Time.GetElapsedTime(began));
            }

            await Task.Delay(RereadPause, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    // An engine may answer a read that meets a put with an error. To ask again costs a job milliseconds; to let the store rest would cost it the work.
    private bool MayAskAgain(ObjectStoreException exception, int again, long began) =>
        again > 0 && exception.Fault == ObjectStoreFault.ServerError && Time.GetElapsedTime(began) <= Quick;

    /// <summary>
    /// Whether the store is left alone in a direction. One that does not answer reads takes nothing either: it is not asked a second time to say so. Where the cache itself
    /// cannot be used, nothing is asked for; a lease that is held is still given back.
    /// </summary>
    public async ValueTask<bool> RestsAsync(Breaker breaker, CancellationToken cancellationToken) =>
        await breaker.IsRestingAsync(cancellationToken).ConfigureAwait(false)
        || (ReferenceEquals(breaker, Reads) && _layer.Boundary.Unavailable is not null)
        || (ReferenceEquals(breaker, Writes) && Settings.Reads && await Reads.IsRestingAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Renews an object's age. The engine copies it meanwhile, and nobody sees how far it is: it gets time by its size, and one that takes longer says nothing of the store.
    /// </summary>
    public async ValueTask TouchAsync(string name, long length, CancellationToken cancellationToken)
    {
        if (await Writes.IsRestingAsync(cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var began = Time.GetTimestamp();
        var result = RemoteResult.Failed;
        using var guard = new StallGuard(PatienceWith(length), Time, cancellationToken);
        try
        {
            var touched = await Detached<string>(async (store, token) => await store.TouchAsync(name, token).ConfigureAwait(false) ? name : null, guard.Token).ConfigureAwait(false);
            result = touched is null ? RemoteResult.NotThere : RemoteResult.Found;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            result = guard.HasStalled ? RemoteResult.TimedOut : RemoteResult.Failed;
        }
        finally
        {
            _meter.Remote.Request("touch", result.ToString(), Time.GetElapsedTime(began));
        }
    }

    /// <summary>How long the store may be busy with so many bytes that it has, without a sign of it.</summary>
    public TimeSpan PatienceWith(long bytes) => Settings.StallTimeout + TimeSpan.FromSeconds(bytes / LeastBytesPerSecond);

    /// <summary>How long a job waits for so many bytes of which nobody knows what they spare.</summary>
    public TimeSpan PatienceOfJobs(long bytes) => Settings.LookupTimeout + TimeSpan.FromSeconds(bytes / SlowestForJobs);

    /// <summary>A further range of a transfer that runs; <see langword="null"/> where the object has another tag by now. What goes wrong is the transfer's to note.</summary>
    public async Task<ObjectRead?> AskRangeAsync(string name, ObjectRange range, string? tag, CancellationToken cancellationToken)
    {
        for (var again = Rereads; ; again--)
        {
            var began = Time.GetTimestamp();
            var result = RemoteResult.Failed;
            try
            {
                var read = await Detached((store, token) => store.GetAsync(name, range, tag, token), cancellationToken).ConfigureAwait(false);
                result = read is null ? RemoteResult.NotThere : RemoteResult.Found;
                return read;
            }
            catch (ObjectStoreException exception) when (MayAskAgain(exception, again, began))
            {
                result = RemoteResult.Failed;
            }
            finally
            {
                _meter.Remote.Request("range", result.ToString(), Time.GetElapsedTime(began));
            }

            await Task.Delay(RereadPause, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Notes what went wrong in a transfer, for the breaker.</summary>
    public RemoteResult Note(Exception exception, StallGuard guard, Breaker breaker)
    {
        if (guard.HasStalled)
        {
            breaker.Failed(ObjectStoreFault.Unavailable);
            return RemoteResult.TimedOut;
        }

        var fault = exception is ObjectStoreException { Fault: var known } ? known : ObjectStoreFault.Protocol;
        if (fault is ObjectStoreFault.Denied or ObjectStoreFault.Misconfigured)
        {
            SayRefused(exception);
        }

        breaker.Failed(fault);
        return RemoteResult.Failed;
    }

    /// <summary>Work that nobody waits for, but the end of the process for a moment.</summary>
    public void InBackground(Func<Task> work)
    {
        var task = Task.Run(work);
        _ending[task] = task;
        _ = task.ContinueWith(
            static (done, ending) => ((ConcurrentDictionary<Task, Task>)ending!).TryRemove(done, out _), _ending, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for that, and no longer than so.</summary>
    public Task EndAsync(TimeSpan patience) => _ending.IsEmpty ? Task.CompletedTask : EndAsync(_ending.Keys, patience);

    private async Task EndAsync(ICollection<Task> ending, TimeSpan patience) =>
        await Task.WhenAll(ending).WaitAsync(patience, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        Reads.Dispose();
        Writes.Dispose();
    }

    // On a thread of its own, because an adaptor may block; and left behind where it does not come back.
    private async Task<T?> Detached<T>(Func<IObjectStore, CancellationToken, ValueTask<T?>> ask, CancellationToken token)
        where T : class
    {
        var asked = Task.Run(() => ask(Store(), token).AsTask(), CancellationToken.None);
        try
        {
            return await asked.WaitAsync(token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            Discard(asked);
            throw;
        }
    }

    private static void Discard<T>(Task<T?> asked)
        where T : class =>
        _ = asked.ContinueWith(
            static late =>
            {
                // Reading the exception marks it as observed.
                if (late.Exception is null && late.IsCompletedSuccessfully && late.Result is ObjectRead read)
                {
                    new UnwaitedClose(read).Dispose();
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

    private IObjectStore Store()
    {
        var store = _make!();
        if (Interlocked.Exchange(ref _saidUse, 1) == 0)
        {
            RemoteLog.Uses(_layer.Logger, LogText.Reason(store.Description), Settings.Mode);
        }

        return store;
    }

    private async Task AskProbeAsync(CancellationToken token)
    {
        if (await Store().GetAsync(NameOf("probe"), new ObjectRange(0, 1), null, token).ConfigureAwait(false) is { } read)
        {
            await read.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PutProbeAsync(CancellationToken token) =>
        await Store().PutAsync(NameOf("probe"), new BytesBody("smartcache"u8.ToArray()), PutCondition.None, token).ConfigureAwait(false);

    private void Say(string direction, ObjectStoreFault? fault)
    {
        if (fault is { } why)
        {
            _meter.Remote.Rested(direction);
            RemoteLog.Rests(_layer.Logger, direction, why.ToString());
        }
        else
        {
            RemoteLog.WorksAgain(_layer.Logger, direction);
            WorksAgain?.Invoke();
        }
    }

    [SuppressMessage("Performance", "CA1873", Justification = "Once an hour.")]
    private void SayRefused(Exception exception)
    {
        var now = Time.GetTimestamp();
        var last = Volatile.Read(ref _refusedAt);
        if ((last == long.MinValue || Time.GetElapsedTime(last, now) >= TimeSpan.FromHours(1)) && Interlocked.CompareExchange(ref _refusedAt, now, last) == last)
        {
            RemoteLog.RefusesUs(_layer.Logger, LogText.Reason(exception.Message));
        }
    }
}
