namespace SmartCache.FFMpegCore.Results;

/// <summary>One packet of MPEG-TS.</summary>
/// <param name="bytes">188 of them.</param>
internal readonly ref struct TransportPacket(Span<byte> bytes)
{
    public const int Length = 188;

    private const byte SyncByte = 0x47;

    // Of the header of a PES packet, from its start: flags that say which times follow, and the times.
    private const int Flags = 7, Pts = 9, Dts = 14, Behind = 19;

    private readonly Span<byte> _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool HasMark => _bytes[0] == SyncByte;

    public int Pid => (_bytes[1] & 0x1f) << 8 | _bytes[2];

    public bool HasPayload => (_bytes[3] & 0x10) != 0;

    /// <summary>Goes up by one with each packet of a stream that has a payload.</summary>
    public int Counter
    {
        get => _bytes[3] & 0x0f;
        set => _bytes[3] = (byte)((_bytes[3] & 0xf0) | (value & 0x0f));
    }

    /// <summary>Whether a picture begins: a PES packet of a video stream begins with 00 00 01 E0…EF, and ffmpeg writes one per picture.</summary>
    public bool BeginsPicture => HasPayload && (_bytes[1] & 0x40) != 0 && Payload is [0, 0, 1, var stream, ..] && stream >> 4 == 0xe;

    /// <summary>Behind the packet's own header.</summary>
    public Span<byte> Payload => Start < Length ? _bytes[Start..] : [];

    /// <summary>Behind the header of the PES packet that begins here.</summary>
    public Span<byte> Picture => Payload is { Length: > Pts } pes && Pts + pes[Pts - 1] < pes.Length ? pes[(Pts + pes[Pts - 1])..] : [];

    /// <summary>When the picture that begins here is shown, in ticks of 90 kHz; <see langword="null"/> where it does not say.</summary>
    public long? PresentationTime => Payload is { Length: >= Behind } pes && (pes[Flags] & 0x80) != 0 ? Time(pes[Pts..]) : null;

    /// <summary>When it is decoded.</summary>
    public long? DecodingTime => Payload is { Length: >= Behind } pes && (pes[Flags] & 0x40) != 0 ? Time(pes[Dts..]) : PresentationTime;

    private int Start => 4 + (HasAdaptation ? 1 + _bytes[4] : 0);

    private bool HasAdaptation => (_bytes[3] & 0x20) != 0;

    /// <summary>Changes the times of the picture that begins here. Only where <see cref="PresentationTime"/> is known.</summary>
    public void Retime(Func<long, long> change)
    {
        var pes = Payload;
        Write(pes[Pts..], change(Time(pes[Pts..])));
        if ((pes[Flags] & 0x40) != 0)
            Write(pes[Dts..], change(Time(pes[Dts..])));
    }

    /// <summary>Moves the clock, where the packet carries it.</summary>
    /// <param name="ticks">Of 90 kHz.</param>
    public void ShiftClock(long ticks)
    {
        if (!HasAdaptation || _bytes[4] < 7 || (_bytes[5] & 0x10) == 0)
            return;

        var clock = _bytes[6..11];
        var time = ((long)clock[0] << 25 | (long)clock[1] << 17 | (long)clock[2] << 9 | (long)clock[3] << 1 | (long)clock[4] >> 7) + ticks;
        for (var i = 0; i < 4; i++)
            clock[i] = (byte)(time >> (25 - (8 * i)));
        clock[4] = (byte)(((int)time & 1) << 7 | (clock[4] & 0x7f));
    }

    // 33 bits in five bytes, with a mark behind every 3, 15 and 15 of them.
    private static long Time(ReadOnlySpan<byte> field) =>
        ((long)field[0] >> 1 & 7) << 30 | (long)field[1] << 22 | ((long)field[2] >> 1) << 15 | (long)field[3] << 7 | (long)field[4] >> 1;

    private static void Write(Span<byte> field, long time)
    {
        field[0] = (byte)((field[0] & 0xf0) | ((int)(time >> 29) & 0x0e) | 1);
        field[1] = (byte)(time >> 22);
        field[2] = (byte)(time >> 14 | 1);
        field[3] = (byte)(time >> 7);
        field[4] = (byte)(time << 1 | 1);
    }
}
