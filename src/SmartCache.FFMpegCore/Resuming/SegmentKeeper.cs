using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Keeps the finished segments of one run for the next attempt.</summary>
/// <param name="checkpoint">Where.</param>
/// <param name="segments">What the run makes.</param>
/// <param name="began">Number of the run's first picture, and when it is shown.</param>
internal sealed class SegmentKeeper(IEncodeCheckpoint checkpoint, RunSegments segments, (long Picture, TimeSpan Time) began)
{
    private long _next = began.Picture;
    private bool _isOver;
    private long? _zero;

    /// <summary>Whether there is one more than before.</summary>
    public bool HasKept { get; private set; }

    /// <summary>Keeps what a run from the beginning on finishes.</summary>
    /// <param name="checkpoint">Where.</param>
    /// <param name="segments">What it makes.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static SegmentWatch Watch(IEncodeCheckpoint checkpoint, RunSegments segments, CancellationToken cancellationToken)
    {
        var keeper = new SegmentKeeper(checkpoint, segments, (0, TimeSpan.Zero));
        return new SegmentWatch(segments.PathOf, keeper.TryKeepAsync, cancellationToken);
    }

    /// <summary>The next segment is one that is kept already.</summary>
    public void Pass(VideoSegment segment)
    {
        _zero ??= segment.First;
        _next += segment.Pictures;
    }

    /// <summary>Keeps the next segment. Where the cache does not want it, what follows is not offered any more.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="counts">What was doubled and dropped until now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task KeepAsync(VideoSegment segment, PictureCounts counts, CancellationToken cancellationToken)
    {
        var first = _next;
        Pass(segment);
        if (_isOver)
            return;

        TimeSpan Time(long ticks) => TimeSpan.FromTicks((long)((Int128)ticks * TimeSpan.TicksPerSecond / segment.Clock));
        var length = (segment.Last - segment.First) * segment.Pictures / Math.Max(1, segment.Pictures - 1);
        var part = new EncodePartFile(segment.Path, began.Time + Time(segment.First - _zero!.Value), Time(Math.Max(1, length)))
        {
            Facts = new PartFacts(first, segment.Pictures, began.Picture, counts, segment.Format).Write(),
        };
        _isOver = !await checkpoint.RecordAsync(part, cancellationToken).ConfigureAwait(false);
        HasKept |= !_isOver;
    }

    // What cannot be kept fails no encode, but what follows it is of no use.
    private async Task TryKeepAsync(string path, PictureCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            if (!_isOver)
                await KeepAsync(await segments.ReadAsync(path, cancellationToken).ConfigureAwait(false), counts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            _isOver = true;
        }
    }
}
