using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Writes the pictures of segments of several runs one behind the other, as one run would have timed them. Each run has its own clock; here all times are made anew from
/// the numbers of the pictures: what ffmpeg adds is in microseconds, and at rates like 24000/1001 a tick off. It gives nothing to be played, only to be muxed again: one muxer then
/// writes all times and counters.
/// </summary>
internal sealed class PictureStream(string path, PictureRate rate) : IDisposable
{
    // The first pictures are decoded before 0, and a clock has no such times.
    private const long Lead = 10 * PictureRate.Clock;

    private readonly FileStream _output = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
    private int _counter;

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

        bool Add(TransportPacket packet)
        {
            if (packet.Pid != segment.Pid)
                return true;
            if (packet.BeginsPicture)
                packet.Retime(time => Lead + rate.TicksOf(first + rate.PictureAt(time - segment.First)));
            packet.ShiftClock(shift);
            if (packet.HasPayload)
                _counter++;
            packet.Counter = _counter;
            _output.Write(packet.Bytes);
            return true;
        }
    }
}
