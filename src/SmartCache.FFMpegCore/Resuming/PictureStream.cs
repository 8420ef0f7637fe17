using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Writes the pictures of segments of several runs one behind the other, as one run would have timed them. Each run has its own clock; here all times are made anew from
/// the numbers of the pictures: what ffmpeg adds is in microseconds, and at rates like 24000/1001 a tick off. It gives nothing to be played, only to be muxed again: one muxer then
/// writes all times and counters.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="rate">Of the pictures.</param>
/// <param name="buffer">Is given each picture, where somebody wants to know.</param>
internal sealed class PictureStream(string path, PictureRate rate, DecoderBuffer? buffer) : IDisposable
{
    // The first pictures are decoded before 0, and a clock has no such times.
    private const long Lead = 10 * PictureRate.Clock;

    private readonly FileStream _output = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
    private int _counter;
    private (long Time, long Bits)? _picture;

    public void Dispose() => _output.Dispose();

    /// <summary>Begins with what names the streams.</summary>
    /// <param name="segment">One that has pictures alone.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task BeginAsync(VideoSegment segment, CancellationToken cancellationToken) => TransportStreamFile.ReadAsync(
        segment.Path,
        packet =>
        {
            if (packet.Pid == segment.Pid)
                return false;
            _output.Write(packet.Bytes);
            return true;
        },
        cancellationToken);

    /// <param name="segment">The next segment.</param>
    /// <param name="first">Number of its first picture.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It cannot be read any more.</exception>
    public async Task AddAsync(VideoSegment segment, long first, CancellationToken cancellationToken)
    {
        var shift = Lead + rate.TicksOf(first) - segment.First;
        if (!await TransportStreamFile.ReadAsync(segment.Path, Add, cancellationToken).ConfigureAwait(false))
            throw new FfmpegException("a segment has a hole");
        End();

        bool Add(TransportPacket packet)
        {
            if (packet.Pid != segment.Pid)
                return true;
            if (packet.BeginsPicture)
            {
                End();
                packet.Retime(time => Lead + rate.TicksOf(first + rate.PictureAt(time - segment.First)));
                _picture = (packet.DecodingTime ?? 0, packet.Picture.Length * 8);
            }
            else if (_picture is { } begun)
            {
                _picture = begun with { Bits = begun.Bits + (packet.Payload.Length * 8) };
            }

            packet.ShiftClock(shift);
            if (packet.HasPayload)
                _counter++;
            packet.Counter = _counter;
            _output.Write(packet.Bytes);
            return true;
        }
    }

    private void End()
    {
        if (_picture is { } whole)
            buffer?.Take(whole.Time, whole.Bits);
        _picture = null;
    }
}
