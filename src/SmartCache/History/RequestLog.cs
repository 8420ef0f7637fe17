using System.Threading.Channels;
using SmartCache.Diagnostics;
using SmartCache.Eviction;
using SmartCache.Layers;

namespace SmartCache.History;

/// <summary>
/// Records what was asked for, for the simulator; off by default. Told by jobs, which it never lets wait: what does not fit into its queue, or cannot be written,
/// is a line that is missing in the log, and is counted.
/// </summary>
internal sealed class RequestLog(LayerAccess layer, BackgroundSaves saves, CacheMeter meter)
{
    /// <summary>Below the cache's root.</summary>
    public const string Folder = "requests";

    public const int Capacity = 4096;

    // 64 lines are about 7 kB: one write.
    private const int Batch = 64;

    private readonly Channel<CacheEvent> _events = Channel.CreateBounded<CacheEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly RequestLogFiles _files = new(layer.Directory);
    private int _draining;
    private int _told;

    /// <summary>Of <c>MaxSize</c> at most a hundredth: what the cache writes without reserving has to stay small.</summary>
    private long Limit => Math.Min(layer.Settings.Current.RequestLog, layer.Settings.Current.MaxSize / 100);

    public void Observe(CacheEvent cacheEvent)
    {
        if (layer.Settings.Current.RequestLog == 0 || !RequestLogFormat.Records(cacheEvent.Kind))
        {
            return;
        }

        if (!_events.Writer.TryWrite(cacheEvent))
        {
            Lose(1);
            return;
        }

        if (Interlocked.Exchange(ref _draining, 1) == 0)
        {
            _ = saves.Run(DrainAsync);
        }
    }

    private async Task<bool> DrainAsync(CancellationToken stopping)
    {
        // For all jobs, whichever began it.
        Subject.Current = null;
        try
        {
            do
            {
                while (Take() is { Count: > 0 } batch)
                {
                    var written = await layer.Boundary.AttemptAsync("record requests", 0, pulse => _files.Append(batch, Limit, pulse), stopping).ConfigureAwait(false);
                    Lose(batch.Count - written);
                }

                Volatile.Write(ref _draining, 0);
            }
            while (_events.Reader.Count > 0 && Interlocked.Exchange(ref _draining, 1) == 0);

            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the process ends
        }
    }

    private List<CacheEvent> Take()
    {
        var batch = new List<CacheEvent>(Batch);
        while (batch.Count < Batch && _events.Reader.TryRead(out var next))
        {
            batch.Add(next);
        }

        return batch;
    }

    private void Lose(int lines)
    {
        if (lines == 0)
        {
            return;
        }

        meter.RequestLogLost(lines);
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            EvictionLog.RequestsNotRecorded(layer.Logger);
        }
    }
}
