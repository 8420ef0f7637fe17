using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>
/// Records what was asked for, for the simulator; off by default. Told by jobs, which it never lets wait: what does not fit into its queue, or cannot be written,
/// is a line that is missing in the log, and is counted.
/// </summary>
internal sealed class RequestLog(LayerDirectory directory, CacheBoundary boundary, BackgroundSaves saves, ICacheSettingsSource settings, CacheMeter meter, ILogger logger)
{
    /// <summary>Below the cache's root.</summary>
    public const string Folder = "requests";

    public const int Capacity = 4096;

    // 64 lines are about 7 kB: one write.
    private const int Batch = 64;

    private readonly Channel<CacheEvent> _events = Channel.CreateBounded<CacheEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly RequestLogFiles _files = new(directory);
    private int _draining;
    private int _told;

    /// <summary>Of <c>MaxSize</c> at most a hundredth: what the cache writes without reserving has to stay small.</summary>
    private long Limit => Math.Min(settings.Current.RequestLog, settings.Current.MaxSize / 100);

    public void Observe(CacheEvent cacheEvent)
    {
        if (settings.Current.RequestLog == 0 || !RequestLogFormat.Records(cacheEvent.Kind))
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

    /// <summary>Takes away what killed processes left beside their lines, also where nothing is recorded any more.</summary>
    /// <param name="accounting">Behind which it is done: the log's own would make its directories.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask SweepAsync(CacheBoundary accounting, CancellationToken cancellationToken) =>
        await accounting.AttemptAsync(
            "sweep",
            false,
            pulse =>
            {
                if (directory.FileSystem.Stat(directory.Root) is { Kind: FileKind.Directory })
                {
                    directory.SweepDeadWriters(pulse);
                }

                return true;
            },
            cancellationToken).ConfigureAwait(false);

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
                    var written = await boundary.AttemptAsync("record requests", 0, pulse => _files.Append(batch, Limit, pulse), stopping).ConfigureAwait(false);
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
            EvictionLog.RequestsNotRecorded(logger);
        }
    }
}
