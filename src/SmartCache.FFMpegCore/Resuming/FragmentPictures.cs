using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Pictures in fragmented MP4. Sound that lies between them is not named any more.</summary>
internal sealed class FragmentPictures : PictureStream
{
    private readonly DecoderBuffer? _buffer;
    private readonly int _clock;
    private uint _number;

    private FragmentPictures(string path, PictureRate rate, int clock, DecoderBuffer? buffer)
        : base(path, rate) => (_clock, _buffer) = (clock, buffer);

    /// <inheritdoc cref="RunSegments.CreateAsync"/>
    public static async Task<PictureStream> CreateAsync(string name, PictureRate rate, FragmentHead head, DecoderBuffer? buffer, CancellationToken cancellationToken)
    {
        var stream = new FragmentPictures(name + ".mp4", rate, head.Format!.Clock, buffer);
        await stream.Output.WriteAsync(head.Bytes, cancellationToken).ConfigureAwait(false);
        return stream;
    }

    /// <inheritdoc/>
    public override async Task AddAsync(VideoSegment segment, long first, CancellationToken cancellationToken)
    {
        // In whole ticks: a rate of whose pictures one does not last a whole number of them is refused.
        var shift = Rate.TicksOf(first, _clock) - segment.Ends.Begin;
        if (!await FragmentFile.ReadAsync(segment.Path, Add, Output, cancellationToken).ConfigureAwait(false))
            throw VideoSegment.Hole();

        bool Add(Fragment fragment)
        {
            fragment.Renumber(++_number);
            fragment.LeaveOnly(FragmentSegment.Track);
            foreach (var track in fragment.Tracks)
            {
                track.Move(track.Begin + shift);
                Count(track);
            }

            return true;
        }
    }

    private void Count(FragmentTrack track)
    {
        var time = track.Begin;
        foreach (var sample in _buffer is null ? [] : track.Samples)
        {
            _buffer!.Take(time * PictureRate.Clock / _clock, sample.Size * 8);
            time += sample.Duration;
        }
    }
}
