namespace SmartCache.FFMpegCore.Results;

/// <summary>Finds lost packets: those of one stream that have a payload are counted from 0 to 15 and again.</summary>
internal sealed class TransportCounters
{
    private const int Pids = 8192;

    // -1: nothing seen of this stream yet.
    private readonly sbyte[] _last = new sbyte[Pids];

    public TransportCounters() => Array.Fill(_last, (sbyte)-1);

    /// <summary>Whether a packet is the next of its stream.</summary>
    public bool Follows(TransportPacket packet)
    {
        if (!packet.HasPayload)
            return true;

        var last = _last[packet.Pid];
        _last[packet.Pid] = (sbyte)packet.Counter;
        return last < 0 || ((last + 1) & 0x0f) == packet.Counter;
    }
}
