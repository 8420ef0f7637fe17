namespace SmartCache.FFMpegCore.Results;

/// <summary>Reads the pictures of a segment of fragmented MP4.</summary>
internal sealed class FragmentSegment
{
    /// <summary>Number of their track: they are the first stream of each of the stage's commands that can be gone on with.</summary>
    public const uint Track = 1;

    private long? _begin;
    private long _end;
    private long _first;
    private long _earliest = long.MaxValue;
    private long _latest = long.MinValue;
    private long _duration;
    private int _pictures;

    private FragmentSegment()
    {
    }

    /// <inheritdoc cref="VideoSegment.ReadAsync"/>
    public static async Task<VideoSegment> ReadAsync(string path, PictureFormat format, CancellationToken cancellationToken)
    {
        var segment = new FragmentSegment();
        return await FragmentFile.ReadAsync(path, segment.Accept, copy: null, cancellationToken).ConfigureAwait(false) ? segment.End(path, format) : throw VideoSegment.Hole();
    }

    private VideoSegment End(string path, PictureFormat format) =>
        _begin is { } begin && _first == _earliest
            ? new VideoSegment(
                path, format.Clock, _pictures, _first, _latest, (begin, _end),
                // How long each picture lasts, and how much later than it is decoded the first is shown: both are the same in each segment of a run, and in each run.
                FormattableString.Invariant($"{format.Digest} {format.Clock} {_duration} {_first - begin}")) { Format = format }
            : throw VideoSegment.BeginsNot();

    private bool Accept(Fragment fragment)
    {
        foreach (var track in fragment.Tracks.Where(static track => track is { Id: Track, Count: > 0 }))
        {
            if (_begin is null && !track.BeginsByItself)
                throw VideoSegment.BeginsNot();
            if (_begin is not null && track.Begin != _end)
                return false;
            if (!track.Samples.All(sample => Add(track.Begin, sample)))
                return false;
        }

        return true;
    }

    private bool Add(long begin, FragmentSample sample)
    {
        if (_begin is null)
            (_begin, _end, _first, _duration) = (begin, begin, begin + sample.Offset, sample.Duration);
        var shown = _end + sample.Offset;
        (_earliest, _latest) = (Math.Min(_earliest, shown), Math.Max(_latest, shown));
        _end += sample.Duration;
        _pictures++;
        return sample.Duration == _duration;
    }
}
