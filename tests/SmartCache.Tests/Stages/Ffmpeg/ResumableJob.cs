using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A profile whose first attempt dies, and whose retry goes on from what it has finished.</summary>
internal sealed class ResumableJob : IDisposable
{
    public static readonly EncodingProfile Profile = new("180p") { Resolution = "320x180", Preset = "ultrafast" };

    private readonly ScratchDirectory _scratch = new();

    public ResumableJob() => Kept = new KeptParts(_scratch["parts"]);

    public KeptParts Kept { get; }

    public LogList Log { get; } = new();

    public ProgressList Progress { get; } = new();

    public string this[string name] => _scratch[name];

    public void Dispose() => _scratch.Dispose();

    /// <summary>How long a source is.</summary>
    public double Seconds { get; set; } = 12;

    /// <summary>12 s of 640x360, each picture another, with sound.</summary>
    public string Source(string name, string rate = "25", params string[] arguments) => MediaTool.Make(
        this[name], [.. MediaTool.Pictures(Seconds, "640x360", rate), .. MediaTool.Sound(Seconds), .. arguments.Length > 0 ? arguments : [.. MediaTool.X264, "-bf", "3", "-g", "250"]]);

    /// <summary>An attempt that dies when all but its last segment is finished, and leaves the first so many of them.</summary>
    public async Task DieAsync(string source, int leaves, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null)
    {
        var attempt = () => EncodeAsync(source, "died", profile, configure, instead: "ffmpeg \"$@\"; exit 137");
        (await attempt.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        Kept.Parts.Should().HaveCountGreaterThanOrEqualTo(leaves);
        Kept.Parts.RemoveRange(leaves, Kept.Parts.Count - leaves);
    }

    /// <summary>A shell's words for an ffmpeg that does something else in those runs whose command matches a pattern.</summary>
    public static string Where(string pattern, string does) => $"case \"$*\" in {pattern}) {does};; esac\nffmpeg \"$@\"; exit $?";

    /// <summary>An attempt with the parts of those before.</summary>
    public Task<EncodedProfile> GoOnAsync(string source, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null) =>
        EncodeAsync(source, "resumed", profile, configure);

    /// <summary>The same without parts.</summary>
    public async Task<EncodedProfile> EncodeWholeAsync(string source, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null, string output = "whole")
    {
        using var encoder = new FfmpegProfileEncoder(Options(configure), new FfprobeSourceProbe());
        return await encoder.EncodeAsync(Request(source, output, profile));
    }

    public async Task<EncodedProfile> EncodeAsync(
        string source, string output, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null, string? instead = null, ISourceProbe? probe = null, TimeProvider? time = null, ProgressList? progress = null,
        CancellationToken cancellationToken = default)
    {
        var options = Options(configure);
        if (instead is not null)
            options.FfmpegPath = Wrapper(instead).Path;
        using var encoder = new FfmpegProfileEncoder(options, probe ?? new FfprobeSourceProbe(), time, Log);
        return await encoder.EncodeAsync(Request(source, output, profile) with { Checkpoint = Kept }, progress ?? Progress, cancellationToken);
    }

    /// <summary>That two results are the same to a player: playlist, number and names of files, times of all packets, and what is decoded of pictures and sound.</summary>
    public void ShouldBeTheSame(EncodedProfile one, EncodedProfile other, bool hasSamePictures = true)
    {
        File.ReadAllText(Path.Combine(one.Directory, one.Playlist)).Should().Be(File.ReadAllText(Path.Combine(other.Directory, other.Playlist)));
        _scratch.Entries(Path.GetRelativePath(_scratch.Root, one.Directory)).Should().Equal(_scratch.Entries(Path.GetRelativePath(_scratch.Root, other.Directory)));
        foreach (var stream in (string[])["v", "a"])
            Times(one, stream).Should().Equal(Times(other, stream));
        Decoded(one, "0:a?").Should().Equal(Decoded(other, "0:a?"));
        if (hasSamePictures)
            Decoded(one, "0:v").Should().Equal(Decoded(other, "0:v"));
    }

    /// <summary>That the retry used what was finished, to its end.</summary>
    public void ShouldHaveGoneOn(string way = "by")
    {
        Log.Lines.Should().ContainSingle(static line => line.StartsWith("2208 ", StringComparison.Ordinal), string.Join('\n', Log.Lines)).Which.Should().Contain(way);
        Log.Lines.Should().NotContain(static line => line.StartsWith("2209 ", StringComparison.Ordinal) || line.StartsWith("2210 ", StringComparison.Ordinal));
        Kept.Forgotten.Should().BeEmpty();
    }

    /// <summary>That the retry used nothing of what was finished, and why.</summary>
    public void ShouldHaveBegunAnew(string line, string why = "begins anew")
    {
        Log.Lines.Should().ContainSingle(said => said.StartsWith(line, StringComparison.Ordinal), string.Join('\n', Log.Lines)).Which.Should().Contain(why);
        Kept.Forgotten.Should().Equal(TimeSpan.Zero);
    }

    public FfmpegWrapper Wrapper(string? instead = null, bool realTime = false) => new(_scratch, realTime, instead);

    public static string[] Times(EncodedProfile profile, string stream) => Lines(MediaTool.Run(
        "ffprobe", profile.Directory, ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts,dts,flags", "-of", "csv=p=0", profile.Playlist]));

    private static string[] Decoded(EncodedProfile profile, string map) =>
        map.EndsWith('?') && Times(profile, "a").Length == 0
            ? []
            : [.. Lines(MediaTool.Run("ffmpeg", profile.Directory, ["-v", "error", "-i", profile.Playlist, "-map", map, "-f", "framemd5", "-"])).Where(static line => line[0] != '#').Select(static line => line.Split(',')[^1])];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static FfmpegOptions Options(Action<FfmpegOptions>? configure)
    {
        var options = new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2) };
        configure?.Invoke(options);
        return options;
    }

    private EncodeRequest Request(string source, string output, EncodingProfile? profile) =>
        new(new DownloadedVideo(source, new FileInfo(source).Length), profile ?? Profile, _scratch[output]);
}
