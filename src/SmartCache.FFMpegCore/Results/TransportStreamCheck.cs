namespace SmartCache.FFMpegCore.Results;

/// <summary>
/// Looks for holes in MPEG-TS segments. ffmpeg's HLS muxer does not notice that a write failed (seen with 5.1: on a full disk it ends with 0 and
/// says nothing), so when space comes back a cut segment stands in a playlist that is whole. Here every packet's header is read: packets must be
/// whole, each stream's continuity counter must go up by one, and there must be as many video frames as ffmpeg says it wrote.
/// </summary>
internal sealed class TransportStreamCheck
{
    private const byte SyncByte = 0x47;

    private readonly TransportCounters _counters = new();
    private int _videoPid = -1;

    private TransportStreamCheck()
    {
    }

    private long VideoFrames { get; set; }

    /// <param name="directory">Where the segments are.</param>
    /// <param name="playlist">The segments.</param>
    /// <param name="frames">How many video frames ffmpeg says it wrote, if it said so.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="FfmpegException">Something is missing.</exception>
    public static async Task RunAsync(string directory, MediaPlaylist playlist, long? frames, CancellationToken cancellationToken)
    {
        if (!await IsDomainAsync(directory, playlist, cancellationToken).ConfigureAwait(false))
            return;

        var check = new TransportStreamCheck();
        for (var i = 0; i < playlist.Segments.Count; i++)
        {
            if (!await TransportStreamFile.ReadAsync(Path.Combine(directory, playlist.Segments[i].File), check.Accept, cancellationToken).ConfigureAwait(false))
                throw new FfmpegException($"segment {i} has a hole");
        }

        if (frames > 0 && check._videoPid >= 0 && check.VideoFrames != frames)
            throw new FfmpegException($"the segments hold {check.VideoFrames} video frames of {frames}");
    }

    // What it understands: a file for each segment, in clear, without a head elsewhere, and packets that begin with their mark.
    // An encode that lost the first bytes of all its segments at once is another fault than a full disk's.
    private static async Task<bool> IsDomainAsync(string directory, MediaPlaylist playlist, CancellationToken cancellationToken)
    {
        if (playlist.IsEncrypted || playlist.Maps.Count > 0 || !playlist.IsOneFileEach)
            return false;

        foreach (var segment in playlist.Segments)
        {
            var first = new byte[1];
            var file = File.OpenRead(Path.Combine(directory, segment.File));
            await using var _ = file.ConfigureAwait(false);
            if (await file.ReadAsync(first, cancellationToken).ConfigureAwait(false) == 1 && first[0] == SyncByte)
                return true;
        }

        return false;
    }

    private bool Accept(TransportPacket packet)
    {
        if (!_counters.Follows(packet))
            return false;
        if (packet.BeginsPicture)
        {
            if (_videoPid < 0)
                _videoPid = packet.Pid;
            if (packet.Pid == _videoPid)
                VideoFrames++;
        }

        return true;
    }
}
