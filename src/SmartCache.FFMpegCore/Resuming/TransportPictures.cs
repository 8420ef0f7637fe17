using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Pictures in MPEG-TS.</summary>
/// <param name="path">The file.</param>
/// <param name="rate">Of the pictures.</param>
/// <param name="buffer">Is given each picture, where somebody wants to know.</param>
internal sealed class TransportPictures(string path, PictureRate rate, DecoderBuffer? buffer) : PictureStream(path, rate)
{
    // The first pictures are decoded before 0, and a clock has no such times.
    private const long Lead = 10 * PictureRate.Clock;

    private int _counter;
    private int _pid = -1;
    private (long Time, long Bits)? _picture;

    /// <inheritdoc/>
    public override Task BeginAsync(VideoSegment first, CancellationToken cancellationToken) => TransportStreamFile.ReadAsync(first.Path, Begin, cancellationToken);

    /// <inheritdoc/>
    public override async Task AddAsync(VideoSegment segment, long first, CancellationToken cancellationToken)
    {
        var shift = Lead + Rate.TicksOf(first) - segment.First;
        if (!await TransportStreamFile.ReadAsync(segment.Path, Add, cancellationToken).ConfigureAwait(false))
            throw VideoSegment.Hole();
        End();

        bool Add(TransportPacket packet)
        {
            if (packet.Pid != _pid)
                return true;
            if (packet.BeginsPicture)
            {
                End();
                packet.Retime(time => Lead + Rate.TicksOf(first + Rate.PictureAt(time - segment.First)));
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
            Output.Write(packet.Bytes);
            return true;
        }
    }

    private bool Begin(TransportPacket packet)
    {
        if (packet.BeginsPicture)
        {
            _pid = packet.Pid;
            return false;
        }

        Output.Write(packet.Bytes);
        return true;
    }

    private void End()
    {
        if (_picture is { } whole)
            buffer?.Take(whole.Time, whole.Bits);
        _picture = null;
    }
}
