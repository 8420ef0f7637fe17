namespace SmartCache;

/// <summary>Names of the facts about a source that a probe gives and that encoders and the library read.</summary>
public static class MediaFacts
{
    /// <summary>Duration in seconds, invariant culture: <c>30.033</c>. The library checks encodes against it.</summary>
    public const string Duration = "duration";

    /// <summary>Width of the first video stream in pixels.</summary>
    public const string Width = "width";

    /// <summary>Height of the first video stream in pixels.</summary>
    public const string Height = "height";

    /// <summary>Codec of the first video stream: <c>h264</c>.</summary>
    public const string VideoCodec = "video.codec";

    /// <summary>Codec of the first audio stream; absent where there is none.</summary>
    public const string AudioCodec = "audio.codec";

    /// <summary>Frames per second as a fraction: <c>30000/1001</c>.</summary>
    public const string FrameRate = "video.frame_rate";

    /// <summary>Clockwise rotation in degrees; absent when 0.</summary>
    public const string Rotation = "video.rotation";
}
