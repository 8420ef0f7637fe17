using System.Buffers;

namespace SmartCache.FFMpegCore.Results;

/// <summary>
/// Looks for holes in MPEG-TS segments. ffmpeg's HLS muxer does not notice that a write failed (seen with 5.1: on a full disk it ends with 0 and
/// says nothing), so when space comes back a cut segment stands in a playlist that is whole. Here every packet's header is read: packets must be
/// whole, each stream's continuity counter must go up by one, and there must be as many video frames as ffmpeg says it wrote.
/// </summary>
internal sealed class TransportStreamCheck
{
    private const int PacketLength = 188;
    private const int BufferLength = PacketLength * 1024;
    private const byte SyncByte = 0x47;
    private const int Pids = 8192;

    // -1: nothing seen of this stream yet.
    private readonly sbyte[] _counters = new sbyte[Pids];
    private int _videoPid = -1;

    private TransportStreamCheck() => Array.Fill(_counters, (sbyte)-1);

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
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            for (var i = 0; i < playlist.Segments.Count; i++)
            {
                if (!await check.ReadAsync(Path.Combine(directory, playlist.Segments[i].File), buffer, cancellationToken).ConfigureAwait(false))
                    throw new FfmpegException($"segment {i} has a hole");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (frames > 0 && check._videoPid >= 0 && check.VideoFrames != frames)
            throw new FfmpegException($"the segments hold {check.VideoFrames} video frames of {frames}");
    }

    // What it understands: a file for each segment, in clear, without a head elsewhere, and packets that begin with their mark.
    // An encode that lost the first bytes of all its segments at once is another fault than a full disk's.
    private static async Task<bool> IsDomainAsync(string directory, MediaPlaylist playlist, CancellationToken cancellationToken)
    {
        if (playlist.IsEncrypted || playlist.HasMap || !playlist.IsOneFileEach)
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

    private async Task<bool> ReadAsync(string path, byte[] buffer, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        await using var _ = file.ConfigureAwait(false);
        for (; ; )
        {
            var length = await file.ReadAtLeastAsync(buffer.AsMemory(0, BufferLength), BufferLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (length == 0)
                return true;
            if (length % PacketLength != 0 || !Accept(buffer.AsSpan(0, length)))
                return false;
        }
    }

    private bool Accept(ReadOnlySpan<byte> packets)
    {
        for (; packets.Length > 0; packets = packets[PacketLength..])
        {
            var packet = packets[..PacketLength];
            if (packet[0] != SyncByte)
                return false;

            var pid = (packet[1] & 0x1f) << 8 | packet[2];
            var hasPayload = (packet[3] & 0x10) != 0;
            if (!hasPayload)
                continue;

            var counter = packet[3] & 0x0f;
            if (_counters[pid] >= 0 && ((_counters[pid] + 1) & 0x0f) != counter)
                return false;
            _counters[pid] = (sbyte)counter;
            CountFrame(packet, pid);
        }

        return true;
    }

    // A PES packet of a video stream begins with 00 00 01 E0…EF; ffmpeg writes one per frame.
    private void CountFrame(ReadOnlySpan<byte> packet, int pid)
    {
        if ((packet[1] & 0x40) == 0)
            return;

        var hasAdaptation = (packet[3] & 0x20) != 0;
        var start = 4 + (hasAdaptation ? 1 + packet[4] : 0);
        if (start + 4 > PacketLength || !packet[start..].StartsWith("\0\0\x01"u8) || packet[start + 3] >> 4 != 0xe)
            return;

        if (_videoPid < 0)
            _videoPid = pid;
        if (pid == _videoPid)
            VideoFrames++;
    }
}
