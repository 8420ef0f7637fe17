namespace SmartCache.FFMpegCore.Results;

/// <summary>Reads the pictures of a segment of MPEG-TS.</summary>
internal sealed class TransportSegment
{
    /// <summary>Ticks in a second.</summary>
    public const int Clock = 90_000;

    // The parameter sets are the first that is in it.
    private const int MaxHead = 16 * 1024;

    private readonly TransportCounters _counters = new();
    private readonly List<byte> _head = [];
    private (int First, int Last) _ends = (-1, -1);
    private long? _first;
    private long _earliest = long.MaxValue;
    private long _latest = long.MinValue;
    private int _pid = -1;
    private int _pictures;

    private TransportSegment()
    {
    }

    /// <inheritdoc cref="VideoSegment.ReadAsync"/>
    public static async Task<VideoSegment> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var segment = new TransportSegment();
        return await TransportStreamFile.ReadAsync(path, segment.Accept, cancellationToken).ConfigureAwait(false) ? segment.End(path) : throw VideoSegment.Hole();
    }

    // In a segment that begins with pictures of the one before, numbers and times do not go together.
    private VideoSegment End(string path) =>
        _first is { } first && first == _earliest && ParameterSet.AllOf(_head.ToArray()) is { Length: > 0 } sets
            ? new VideoSegment(path, Clock, _pictures, first, _latest, (_ends.First, (_ends.Last + 1) & 0x0f), FormattableString.Invariant($"{_pid} {sets}"))
            : throw VideoSegment.BeginsNot();

    private bool Accept(TransportPacket packet)
    {
        if (!_counters.Follows(packet))
            return false;

        var begins = packet.BeginsPicture;
        if (begins && _pid < 0)
            _pid = packet.Pid;
        if (packet.Pid != _pid)
            return true;
        if (packet.HasPayload)
            _ends = (_ends.First < 0 ? packet.Counter : _ends.First, packet.Counter);
        if (begins && !Begin(packet))
            return false;
        if (_pictures == 1 && _head.Count < MaxHead && packet.HasPayload)
            _head.AddRange(begins ? packet.Picture : packet.Payload);
        return true;
    }

    private bool Begin(TransportPacket packet)
    {
        if (packet.PresentationTime is not { } time)
            return false;

        _pictures++;
        _first ??= time;
        (_earliest, _latest) = (Math.Min(_earliest, time), Math.Max(_latest, time));
        return true;
    }
}
