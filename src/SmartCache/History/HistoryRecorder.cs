using System.Text;
using System.Threading.Channels;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>
/// Writes the history, in the background and a second late, so that many events cost one write. Told by jobs, which it never lets wait: what does not fit into its queue,
/// or cannot be written, is an event that is missing, and is counted. Killing the process costs the events of the last second.
/// </summary>
internal sealed class HistoryRecorder : IHistory, IAsyncDisposable
{
    /// <summary>Below the cache's root; also the name of its layer and of its lock.</summary>
    public const string Folder = "history";

    public const int Capacity = 4096;

    /// <summary>How long an event may wait for others.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // 64 lines are about 12 kB: one write.
    private const int Batch = 64;

    private const int LineBytes = 256;

    private readonly LayerAccess _layer;
    private readonly BackgroundSaves _saves;
    private readonly CacheMeter _meter;
    private readonly FaultLog _faults;
    private readonly HistoryFiles _files;
    private readonly Channel<Noted> _events = Channel.CreateBounded<Noted>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private ITimer? _timer;
    private int _isWaiting;
    private int _isDraining;
    private int _hasTold;

    public HistoryRecorder(LayerAccess layer, BackgroundSaves saves, CacheMeter meter, FaultLog faults)
    {
        (_layer, _saves, _meter, _faults, _files) = (layer, saves, meter, faults, new HistoryFiles(layer.Directory));
        saves.BeforeFlush(Begin);
    }

    /// <summary>Of <c>MaxSize</c> at most a hundredth: what the cache writes without reserving has to stay small.</summary>
    private long Limit => Math.Min(_layer.Settings.Current.History, _layer.Settings.Current.MaxSize / 100);

    /// <inheritdoc />
    public void Record(HistoryEvent happened, Subject? about = null)
    {
        // Its own faults would make an event each, which could not be written either.
        if (_layer.Settings.Current.History == 0 || happened.Layer == Folder)
        {
            return;
        }

        if (!_events.Writer.TryWrite(new Noted(happened, _layer.Time.GetUtcNow(), about ?? Subject.Current)))
        {
            Lose(1);
        }
        else if (_events.Reader.Count >= Batch)
        {
            Begin();
        }
        else if (Interlocked.Exchange(ref _isWaiting, 1) == 0)
        {
            Timer().Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Notes what is told to the eviction policy, as far as it says something new.</summary>
    public void Observe(CacheEvent cacheEvent)
    {
        var kind = cacheEvent.Kind switch
        {
            CacheEventKind.Requested => HistoryEventKind.Used,
            CacheEventKind.JobStarted => HistoryEventKind.JobStarted,
            CacheEventKind.RetryExpected => HistoryEventKind.RetryExpected,
            CacheEventKind.JobCompleted => HistoryEventKind.JobCompleted,
            CacheEventKind.JobAbandoned => HistoryEventKind.JobAbandoned,
            _ => (HistoryEventKind?)null,
        };
        if (kind is not { } known)
        {
            return;
        }

        var isUse = known == HistoryEventKind.Used;
        var happened = new HistoryEvent(known)
        {
            Layer = isUse ? EntryLayer.NameOf(cacheEvent.EntryKind) : null,
            Entry = cacheEvent.Key,
            Bytes = isUse ? cacheEvent.Size : null,
            Cost = isUse && cacheEvent.CostSeconds is { } cost ? TimeSpan.FromSeconds(cost) : null,
            Duration = cacheEvent.RetryAt - cacheEvent.Time,
        };
        Record(happened, new Subject(cacheEvent.JobId));
    }

    /// <summary>Writes what nobody has written yet. Bounded by the layer's time limit, as all that touches the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer?.Dispose();
        if (_events.Reader.Count > 0 && Interlocked.Exchange(ref _isDraining, 1) == 0)
        {
            await DrainAsync().ConfigureAwait(false);
        }

        _files.Dispose();
    }

    private ITimer Timer()
    {
        if (Volatile.Read(ref _timer) is { } timer)
        {
            return timer;
        }

        var made = _layer.Time.CreateTimer(static recorder => ((HistoryRecorder)recorder!).Begin(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return Interlocked.CompareExchange(ref _timer, made, null) ?? made;
    }

    private void Begin()
    {
        Volatile.Write(ref _isWaiting, 0);
        if (_events.Reader.Count > 0 && Interlocked.Exchange(ref _isDraining, 1) == 0)
        {
            // Not cancelled with the saves: what these tell when the process ends is what is looked for the next day. Each write is bounded, and on a thread of its own.
            _ = _saves.Keep(DrainAsync());
        }
    }

    private async Task<bool> DrainAsync()
    {
        // For all jobs, whichever began it.
        Subject.Current = null;
        do
        {
            while (Take() is { Count: > 0 } batch)
            {
                var written = await _layer.Boundary.AttemptAsync("record history", 0, pulse => Write(batch, pulse), CancellationToken.None).ConfigureAwait(false);
                Lose(batch.Count - written);
            }

            Volatile.Write(ref _isDraining, 0);
        }
        while (_events.Reader.Count > 0 && Interlocked.Exchange(ref _isDraining, 1) == 0);

        return true;
    }

    /// <returns>How many were written.</returns>
    private int Write(List<Noted> batch, OperationPulse pulse)
    {
        if (_files.Append(Lines(batch), Limit, pulse))
        {
            return batch.Count;
        }

        // A small cache has small files.
        var half = batch.Count / 2;
        return half == 0 ? 0 : Write(batch[..half], pulse) + Write(batch[half..], pulse);
    }

    private static ReadOnlySpan<byte> Lines(List<Noted> batch)
    {
        // As large as it has to be: most batches are small, and the memory of a whole one costs a single event more than its system calls do.
        using var lines = new MemoryStream(batch.Count * LineBytes);
        var text = new StringBuilder(LineBytes);
        lines.WriteByte((byte)'\n');
        foreach (var noted in batch)
        {
            text.Clear();
            HistoryLine.Append(text, noted.Complete());
            lines.Write(ChecksummedLine.Of(text.ToString()).AsSpan(1));
        }

        return lines.GetBuffer().AsSpan(0, (int)lines.Length);
    }

    private List<Noted> Take()
    {
        var batch = new List<Noted>(Math.Min(Batch, _events.Reader.Count));
        while (batch.Count < Batch && _events.Reader.TryRead(out var next))
        {
            batch.Add(next);
        }

        return batch;
    }

    private void Lose(int events)
    {
        if (events == 0)
        {
            return;
        }

        _meter.HistoryLost(events);

        // Where the whole cache is off, or its disk fails the other layers too, another line says so.
        if (_layer.Boundary.Unavailable is null && !_faults.Any && Interlocked.Exchange(ref _hasTold, 1) == 0)
        {
            EvictionLog.HistoryNotRecorded(_layer.Logger);
        }
    }

    private readonly record struct Noted(HistoryEvent Event, DateTimeOffset At, Subject? About)
    {
        // An entry that goes because a job needs room is none of that job's: its key and profile are not what was asked for.
        private Subject? Own => Event.Entry is null || Event.Key is not null ? About : null;

        public HistoryEvent Complete() => Event with
        {
            Time = At,
            Job = About?.Job is { Length: > 0 } job ? NameHash.TextOf(job) : null,
            Profile = Event.Profile ?? Own?.Profile,
            Key = Event.Key ?? Own?.Key,
        };
    }
}
