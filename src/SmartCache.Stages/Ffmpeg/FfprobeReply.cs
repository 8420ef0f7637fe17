using System.Text.Json.Serialization;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>The parts of ffprobe's JSON that are read. Numbers are strings there, except where the type says otherwise.</summary>
/// <remarks>Nullable without initializers: source-generated deserialization sets every init-only property, also the absent ones.</remarks>
internal sealed class FfprobeReply
{
    public List<Stream>? Streams { get; init; }

    public Container? Format { get; init; }

    /// <summary>
    /// The stream that is encoded and that the facts are about: the first video stream that is no cover art. It is ffmpeg's <c>0:V:0</c>, which the encoder maps.
    /// </summary>
    public Stream? Pictures =>
        Streams?.Find(static stream => stream.CodecType == "video" && (stream.Disposition?.GetValueOrDefault("attached_pic") ?? 0) == 0);

    internal sealed class Stream
    {
        public int Index { get; init; }

        [JsonPropertyName("codec_type")]
        public string? CodecType { get; init; }

        [JsonPropertyName("codec_name")]
        public string? CodecName { get; init; }

        public string? Profile { get; init; }

        public int? Level { get; init; }

        public int? Width { get; init; }

        public int? Height { get; init; }

        [JsonPropertyName("pix_fmt")]
        public string? PixelFormat { get; init; }

        [JsonPropertyName("sample_aspect_ratio")]
        public string? SampleAspectRatio { get; init; }

        [JsonPropertyName("field_order")]
        public string? FieldOrder { get; init; }

        [JsonPropertyName("color_transfer")]
        public string? ColorTransfer { get; init; }

        [JsonPropertyName("avg_frame_rate")]
        public string? AverageFrameRate { get; init; }

        [JsonPropertyName("r_frame_rate")]
        public string? RealFrameRate { get; init; }

        [JsonPropertyName("bit_rate")]
        public string? BitRate { get; init; }

        [JsonPropertyName("sample_rate")]
        public string? SampleRate { get; init; }

        public int? Channels { get; init; }

        public string? Duration { get; init; }

        [JsonPropertyName("start_time")]
        public string? StartTime { get; init; }

        public Dictionary<string, int>? Disposition { get; init; }

        public Dictionary<string, string>? Tags { get; init; }

        [JsonPropertyName("side_data_list")]
        public List<SideData>? SideData { get; init; }
    }

    internal sealed class SideData
    {
        /// <summary>Counter-clockwise.</summary>
        public double? Rotation { get; init; }
    }

    internal sealed class Container
    {
        [JsonPropertyName("format_name")]
        public string? FormatName { get; init; }

        public string? Duration { get; init; }

        [JsonPropertyName("bit_rate")]
        public string? BitRate { get; init; }
    }
}
