using SmartCache.Profiles;

namespace SmartCache.FFMpegCore.Results;

/// <summary>
/// Looks for holes in segments of fragmented MP4, as <see cref="TransportStreamCheck"/> does in MPEG-TS: each box must end where the file or the next box says, samples must be
/// there as many bytes as their table names, fragments are counted from segment to segment, and there must be as many pictures as ffmpeg says it wrote.
/// </summary>
internal sealed class FragmentCheck
{
    private readonly FragmentHead _head;
    private long? _last;
    private long _pictures;

    private FragmentCheck(FragmentHead head) => _head = head;

    /// <param name="directory">Where the segments are.</param>
    /// <param name="playlist">The segments.</param>
    /// <param name="frames">How many pictures ffmpeg says it wrote, if it said so.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="FfmpegException">Something is missing.</exception>
    public static async Task RunAsync(string directory, MediaPlaylist playlist, long? frames, CancellationToken cancellationToken)
    {
        // What it understands: one head for all segments, a file for each of them, in clear.
        if (playlist.IsEncrypted || playlist.Maps is not [var map] || !playlist.IsOneFileEach)
            return;

        var head = PlaylistUri.Find("", map, name => File.Exists(Path.Combine(directory, name))) ?? map;
        var check = new FragmentCheck(await FragmentHead.ReadAsync(Path.Combine(directory, head), cancellationToken).ConfigureAwait(false));
        for (var i = 0; i < playlist.Segments.Count; i++)
        {
            if (!await FragmentFile.ReadAsync(Path.Combine(directory, playlist.Segments[i].File), check.Accept, copy: null, cancellationToken).ConfigureAwait(false))
                throw new FfmpegException($"segment {i} has a hole");
        }

        if (frames > 0 && check._head.Format is not null && check._pictures != frames)
            throw new FfmpegException($"the segments hold {check._pictures} video frames of {frames}");
    }

    private bool Accept(Fragment fragment)
    {
        if (_last is { } last && fragment.Number != last + 1)
            return false;
        _last = fragment.Number;
        _pictures += fragment.Tracks.Where(track => track.Id == _head.Track).Sum(static track => (long)track.Count);
        return true;
    }
}
