namespace SmartCache.FFMpegCore.Results;

/// <summary>The pictures of one MPEG-TS segment: H.264 or HEVC.</summary>
/// <param name="Path">The file.</param>
/// <param name="Pid">Number of their stream.</param>
/// <param name="Pictures">How many there are.</param>
/// <param name="First">When the first is shown, in ticks of 90 kHz.</param>
/// <param name="Last">When the last is shown.</param>
/// <param name="Counters">The counters of the first packet and of the last one.</param>
/// <param name="ParameterSets">What a decoder must know before it can decode them: SPS, PPS and, in HEVC, VPS, as hexadecimal digits.</param>
internal sealed record VideoSegment(string Path, int Pid, int Pictures, long First, long Last, (int First, int Last) Counters, string ParameterSets)
{
    /// <summary>Whether no packet is missing between this segment and the one that the same run made before it.</summary>
    public bool Follows(VideoSegment before) => Counters.First == ((before.Counters.Last + 1) & 0x0f);

    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It has a hole, or is not made as the stage's own segments are.</exception>
    public static async Task<VideoSegment> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var scan = new Scan();
        if (!await TransportStreamFile.ReadAsync(path, scan.Accept, cancellationToken).ConfigureAwait(false))
            throw new FfmpegException("a segment has a hole");

        // In a segment that begins with pictures of the one before, numbers and times do not go together.
        if (scan is not { Pictures: > 0, First: { } first } || first != scan.Earliest || ParameterSet.AllOf(scan.Head) is not { Length: > 0 } sets)
            throw new FfmpegException("a segment does not begin with a picture that stands by itself");
        return new VideoSegment(path, scan.Pid, scan.Pictures, first, scan.Latest, scan.Counters, sets);
    }

    private sealed class Scan
    {
        // The parameter sets are the first that is in it.
        private const int MaxHead = 16 * 1024;

        private readonly TransportCounters _counters = new();
        private readonly List<byte> _head = [];

        public int Pid { get; private set; } = -1;

        public int Pictures { get; private set; }

        public (int First, int Last) Counters { get; private set; } = (-1, -1);

        public long? First { get; private set; }

        public long Earliest { get; private set; } = long.MaxValue;

        public long Latest { get; private set; } = long.MinValue;

        /// <summary>The beginning of the first picture.</summary>
        public byte[] Head => [.. _head];

        public bool Accept(TransportPacket packet)
        {
            if (!_counters.Follows(packet))
                return false;

            var begins = packet.BeginsPicture;
            if (begins && Pid < 0)
                Pid = packet.Pid;
            if (packet.Pid != Pid)
                return true;
            if (packet.HasPayload)
                Counters = (Counters.First < 0 ? packet.Counter : Counters.First, packet.Counter);
            if (begins && !Begin(packet))
                return false;
            if (Pictures == 1 && _head.Count < MaxHead && packet.HasPayload)
                _head.AddRange(begins ? packet.Picture : packet.Payload);
            return true;
        }

        private bool Begin(TransportPacket packet)
        {
            if (packet.PresentationTime is not { } time)
                return false;

            Pictures++;
            First ??= time;
            (Earliest, Latest) = (Math.Min(Earliest, time), Math.Max(Latest, time));
            return true;
        }
    }
}
