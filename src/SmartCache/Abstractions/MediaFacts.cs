namespace SmartCache;

/// <summary>Names of the facts about a source that a probe gives and that encoders and the library read.</summary>
public static class MediaFacts
{
    /// <summary>Duration in seconds, invariant culture: <c>30.033</c>.</summary>
    /// <remarks>The library checks encodes against it.</remarks>
    public const string Duration = "duration";

    /// <summary>
    /// Where <see cref="Duration"/> comes from, and so what may be concluded where an encode lasts another time: <see cref="FromStream"/>, <see cref="FromTag"/>,
    /// <see cref="FromPackets"/>, <see cref="FromContainer"/> or <see cref="FromTimestamps"/>.
    /// </summary>
    /// <remarks>Absent: the probe did not say; its duration is taken for exact.</remarks>
    public const string DurationSource = "duration.source";

    /// <summary>The container tells the length of the picture stream itself (MP4, MOV, AVI, MXF).</summary>
    /// <remarks>Exact.</remarks>
    public const string FromStream = "stream";

    /// <summary>A tag of the picture stream tells its length (Matroska, WebM).</summary>
    /// <remarks>Exact.</remarks>
    public const string FromTag = "tag";

    /// <summary>The packets were looked at: the pictures end there.</summary>
    /// <remarks>Where the container names a later end and no stream reaches it, the file is cut, and the length is the container's. Exact.</remarks>
    public const string FromPackets = "packets";

    /// <summary>Only the file's length is known, which is that of its longest stream: the pictures last at most as long.</summary>
    /// <remarks>A shorter encode proves nothing.</remarks>
    public const string FromContainer = "container";

    /// <summary>
    /// The last time stamp less the first, in formats that have nothing else (MPEG-TS, MPEG-PS, Ogg): too little where files were joined, too much where the clock
    /// jumped.
    /// </summary>
    /// <remarks>Another length of an encode proves nothing.</remarks>
    public const string FromTimestamps = "timestamps";

    /// <summary>Width of the first video stream that is no cover art, in pixels; absent where it is not known.</summary>
    public const string Width = "width";

    /// <summary>Height of that stream in pixels; absent where it is not known.</summary>
    public const string Height = "height";

    /// <summary>Codec of that stream: <c>h264</c>.</summary>
    public const string VideoCodec = "video.codec";

    /// <summary>Codec of the first audio stream; absent where there is none.</summary>
    public const string AudioCodec = "audio.codec";

    /// <summary>Frames per second as a fraction: <c>30000/1001</c>.</summary>
    /// <remarks>Absent where the file does not tell; the clock of its time stamps is no rate.</remarks>
    public const string FrameRate = "video.frame_rate";

    /// <summary>
    /// Pictures per second as a fraction, counted over the whole file, where <see cref="FrameRate"/> is absent and the file could be read in time
    /// (a recording of a browser): <c>26087/1000</c>.
    /// </summary>
    public const string CountedFrameRate = "video.frame_rate.counted";

    /// <summary>Clockwise rotation in degrees; absent when 0.</summary>
    public const string Rotation = "video.rotation";
}
