using global::FFMpegCore;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Settings of <see cref="FFMpegCoreProfileEncoder"/>. All but <see cref="FFOptions"/> are part of the recipe or say what it must result in:
/// changing one makes encodes that are stored miss.
/// </summary>
public sealed class FFMpegCoreOptions
{
    /// <summary>
    /// Adds the output options of a profile: codec, filters, rate control. HLS format, segment names and the playlist are added behind it.
    /// It is called to describe an encode, without the file, and what it adds is both the key and what is run.
    /// </summary>
    /// <value>Required.</value>
    public Action<FFMpegArgumentOptions, SourceMedia, EncodingProfile>? Output { get; set; }

    /// <summary>Adds input options: hardware decoding, a seek.</summary>
    /// <value>Default <see langword="null"/>: none.</value>
    public Action<FFMpegArgumentOptions, SourceMedia, EncodingProfile>? Input { get; set; }

    /// <summary>FFMpegCore's own settings; the working directory in it is not used. Read when the encoder is created.</summary>
    /// <value>Default <see langword="null"/>: <see cref="GlobalFFOptions.Current"/>.</value>
    public FFOptions? FFOptions { get; set; }

    /// <summary>Length of an HLS segment; real ones end at the next key frame.</summary>
    /// <value>Default 6 seconds; more than zero.</value>
    public TimeSpan SegmentDuration { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long the result must be, where <see cref="Output"/> or <see cref="Input"/> shorten or slow down the video.</summary>
    /// <value>Default <see langword="null"/>: as long as the source.</value>
    public Func<SourceMedia, EncodingProfile, TimeSpan?>? ExpectedDuration { get; set; }

    /// <summary>Other files that the encode reads, name to path. <c>{aux:NAME}</c> in an argument becomes the absolute path; in the key is the hash of the content.</summary>
    /// <value>Default none.</value>
    public IDictionary<string, string> AuxiliaryInputs { get; set; } = new Dictionary<string, string>();

    /// <summary>Whatever else the encoder's build depends on and <c>ffmpeg -version</c> does not tell: the version of a driver, of libx264.</summary>
    /// <value>Default <see langword="null"/>.</value>
    public string? AdditionalVersion { get; set; }

    internal FFMpegCoreOptions Validated()
    {
        List<string> errors = [];
        if (Output is null)
            errors.Add($"{nameof(Output)} must be set: options => options.Output = (output, source, profile) => output.WithVideoCodec(\"libx264\").");
        if (SegmentDuration <= TimeSpan.Zero)
            errors.Add($"{nameof(SegmentDuration)} must be more than zero.");
        return errors.Count == 0 ? this : throw new ArgumentException(string.Join(' ', errors));
    }
}
