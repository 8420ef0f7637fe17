using global::FFMpegCore;
using SmartCache.FFMpegCore.Abstractions;

namespace SmartCache.FFMpegCore;

/// <summary>Settings of <see cref="FfmpegProfileEncoder"/>. All but the paths and <see cref="ProfilesPerRun"/> are part of the recipe: changing one makes encodes that are stored miss.</summary>
public sealed class FfmpegOptions
{
    /// <summary>The ffmpeg program: a path, or a name that is looked up in <c>PATH</c>.</summary>
    /// <value>Default <c>ffmpeg</c>.</value>
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <summary>The fallback chain, in order of preference. The next one is tried when ffmpeg fails with the one before.</summary>
    /// <value>Default <c>libx264</c> alone; at least one.</value>
    public IList<FfmpegVideoEncoder> VideoEncoders { get; set; } = [new("libx264")];

    /// <summary>Whether a stored encode by another than the first encoder of the chain is good enough. Not part of the key.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool AcceptFallback { get; set; } = true;

    /// <summary>
    /// How many profiles of one source one ffmpeg makes at most, where a job's plan asks for several (<see cref="JobPlan.EncodeMissingAsync"/>). The source is decoded
    /// once for all of them, and the memory is the sum. Not part of the key: the bytes are the same.
    /// </summary>
    /// <value>Default 4; at least 1, which makes each by itself.</value>
    public int ProfilesPerRun { get; set; } = 4;

    /// <summary>Preset where the profile names none.</summary>
    /// <value>Default <c>veryfast</c>.</value>
    public string Preset { get; set; } = "veryfast";

    /// <summary>How bits are spent.</summary>
    /// <value>Default <see cref="FfmpegRateControl.Auto"/>.</value>
    public FfmpegRateControl RateControl { get; set; }

    /// <summary>Quality of <see cref="FfmpegRateControl.ConstantQuality"/> and <see cref="FfmpegRateControl.CappedQuality"/>; less is better.</summary>
    /// <value>Default 23; 0 to 63.</value>
    public int Crf { get; set; } = 23;

    /// <summary>Encoder threads; <see langword="null"/> leaves it to ffmpeg, which takes the machine's cores, and then the bytes depend on their number.</summary>
    /// <value>Default <see langword="null"/>; at least 1.</value>
    public int? Threads { get; set; }

    /// <summary>Length of an HLS segment; real ones end at the next key frame.</summary>
    /// <value>Default 6 seconds; more than zero.</value>
    public TimeSpan SegmentDuration { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>Distance of the key frames that are forced, the same in all profiles, so that a player can switch between them. Should divide <see cref="SegmentDuration"/>.</summary>
    /// <value>Default 2 seconds; more than zero.</value>
    public TimeSpan KeyFrameInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest distance of key frames in frames (<c>-g</c>); <see langword="null"/> leaves it to the encoder.</summary>
    /// <value>Default <see langword="null"/>; at least 1.</value>
    public int? GopSize { get; set; }

    /// <summary>ffmpeg's name of the audio encoder.</summary>
    /// <value>Default <c>aac</c>.</value>
    public string AudioCodec { get; set; } = "aac";

    /// <summary>Audio bit rate where the profile names none.</summary>
    /// <value>Default <c>128k</c>.</value>
    public string AudioBitrate { get; set; } = "128k";

    /// <summary>Audio channels.</summary>
    /// <value>Default 2; at least 1.</value>
    public int AudioChannels { get; set; } = 2;

    /// <summary>Audio samples per second.</summary>
    /// <value>Default 48000; at least 1.</value>
    public int AudioSampleRate { get; set; } = 48000;

    /// <summary>Which streams are taken. A <c>?</c> makes one optional: a source without sound is encoded without.</summary>
    /// <value>Default <c>0:V:0</c>, the first video stream that is no cover art, which the probe's facts are about, and <c>0:a:0?</c>.</value>
    public IList<string> Maps { get; set; } = ["0:V:0", "0:a:0?"];

    /// <summary>
    /// The video filter; <see langword="null"/>: fit into the profile's resolution in square pixels, keeping the shape that is shown, both sides even. Empty: none.
    /// </summary>
    /// <value>Default <see langword="null"/>.</value>
    public string? VideoFilter { get; set; }

    /// <summary>
    /// How much of the source is encoded, from its beginning. Arguments of one's own that change the duration make the check of the duration fail; this does not.
    /// </summary>
    /// <value>Default <see langword="null"/>: all of it; more than zero.</value>
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>
    /// Adds the output options of a profile with FFMpegCore, in place of all that the stage would say about pictures and sound: of the settings above only
    /// <see cref="SegmentDuration"/> counts then. HLS format, names of the segments and the playlist are added behind it.
    /// It is called to describe an encode, without the file, and what it adds is both the key and what is run.
    /// </summary>
    /// <value>Default <see langword="null"/>: the stage describes the encode by the other settings.</value>
    public Action<FFMpegOutputOptions, SourceMedia, EncodingProfile>? Output { get; set; }

    /// <summary>Adds input options with FFMpegCore: hardware decoding, a seek.</summary>
    /// <value>Default <see langword="null"/>: none.</value>
    public Action<FFMpegInputOptions, SourceMedia, EncodingProfile>? Input { get; set; }

    /// <summary>How long the result must be, where <see cref="Output"/>, <see cref="Input"/> or further arguments shorten or slow down the video.</summary>
    /// <value>Default <see langword="null"/>: as long as the source, at most <see cref="MaxDuration"/>.</value>
    public Func<SourceMedia, EncodingProfile, TimeSpan?>? ExpectedDuration { get; set; }

    /// <summary>Further arguments behind the input, such as a second input: <c>-i {aux:logo}</c>.</summary>
    /// <value>Default none.</value>
    public IList<string> ExtraInputArguments { get; set; } = [];

    /// <summary>Further arguments before the output; later ones win over earlier ones. <c>-hls_segment_type fmp4</c> and <c>-hls_flags single_file</c> may be among them.</summary>
    /// <value>Default none; nothing that makes another output than the stage's: a format, names of segments, a playlist that is not whole, several playlists.</value>
    public IList<string> ExtraOutputArguments { get; set; } = [];

    /// <summary>Other files that the encode reads, name to path. <c>{aux:NAME}</c> in an argument becomes a name without special characters in the run's directory; in the key is the hash of the content.</summary>
    /// <value>Default none.</value>
    public IDictionary<string, string> AuxiliaryInputs { get; set; } = new Dictionary<string, string>();

    /// <summary>Whatever else the encoder's build depends on and <c>ffmpeg -version</c> does not tell: the version of a driver, of libx264.</summary>
    /// <value>Default <see langword="null"/>.</value>
    public string? AdditionalVersion { get; set; }

    internal FfmpegOptions Validated()
    {
        List<string> errors = [];
        if (string.IsNullOrWhiteSpace(FfmpegPath))
            errors.Add($"{nameof(FfmpegPath)} must not be empty.");
        if (VideoEncoders.Count == 0 || VideoEncoders.Any(encoder => string.IsNullOrWhiteSpace(encoder.Name)))
            errors.Add($"{nameof(VideoEncoders)} must name at least one encoder.");
        if (SegmentDuration <= TimeSpan.Zero || KeyFrameInterval <= TimeSpan.Zero)
            errors.Add($"{nameof(SegmentDuration)} and {nameof(KeyFrameInterval)} must be more than zero.");
        if (MaxDuration <= TimeSpan.Zero)
            errors.Add($"{nameof(MaxDuration)} must be more than zero.");
        if (Crf is < 0 or > 63)
            errors.Add($"{nameof(Crf)} must be 0 to 63.");
        if (ProfilesPerRun < 1)
            errors.Add($"{nameof(ProfilesPerRun)} must be at least 1.");
        if (Threads < 1 || GopSize < 1 || AudioChannels < 1 || AudioSampleRate < 1)
            errors.Add($"{nameof(Threads)}, {nameof(GopSize)}, {nameof(AudioChannels)} and {nameof(AudioSampleRate)} must be at least 1.");
        errors.AddRange(ExtraArguments.Errors(ExtraOutputArguments, nameof(ExtraOutputArguments)));
        return errors.Count == 0 ? this : throw new ArgumentException(string.Join(' ', errors));
    }
}
