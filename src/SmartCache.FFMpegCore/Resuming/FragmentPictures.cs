using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Pictures in fragmented MP4. Sound that lies between them is not named any more.</summary>
/// <param name="path">The file.</param>
/// <param name="rate">Of the pictures.</param>
/// <param name="head">Of the run for the rest.</param>
/// <param name="buffer">Is given each picture, where somebody wants to know.</param>
internal sealed class FragmentPictures(string path, PictureRate rate, FragmentHead head, DecoderBuffer? buffer) : PictureStream(path, rate)
{
    private uint _number;

    private int Clock => head.Format!.Clock;

    /// <inheritdoc/>
    public override Task BeginAsync(VideoSegment first, CancellationToken cancellationToken) => Output.WriteAsync(head.Bytes, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async Task AddAsync(VideoSegment segment, long first, CancellationToken cancellationToken)
    {
        // In whole ticks: a rate of whose pictures one does not last a whole number of them is refused.
        var shift = Rate.TicksOf(first, Clock) - segment.Ends.Begin;
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
        foreach (var sample in buffer is null ? [] : track.Samples)
        {
            buffer!.Take(time * PictureRate.Clock / Clock, sample.Size * 8);
            time += sample.Duration;
        }
    }
}
