using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A breaker as one process of a host has it.</summary>
internal sealed class BreakerPlace : IDisposable
{
    private readonly LayerOf _layer;
    private int _asked;

    public BreakerPlace(string root, DrivenTime time, Func<bool> answers)
    {
        var log = new ListLogger();
        _layer = new LayerOf(root, "remote");
        _layer.Current = _layer.Current with { OperationTimeout = TimeSpan.FromDays(1) };
        var boundary = new CacheBoundary(_layer.Directory, _layer, new FaultLog(log, new CacheMeter(), time), time);
        Breaker = new Breaker("reads", new LayerAccess(_layer.Directory, boundary, _layer, time, log), _ => AskAsync(answers), static (_, _) => { });
    }

    public Breaker Breaker { get; }

    /// <summary>How often this process has asked the store.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Dispose()
    {
        Breaker.Dispose();
        _layer.Dispose();
    }

    private Task AskAsync(Func<bool> answers)
    {
        Interlocked.Increment(ref _asked);
        return answers() ? Task.CompletedTask : throw new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
    }
}
