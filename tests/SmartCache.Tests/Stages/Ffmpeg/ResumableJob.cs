using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A profile whose first attempt dies, and whose retry goes on from what it has finished.</summary>
internal sealed class ResumableJob : IDisposable
{
    public static readonly EncodingProfile Profile = new("90p") { Resolution = "160x90", Preset = "ultrafast" };

    /// <summary>Of enough samples that a rate and a quality can be told.</summary>
    public static readonly EncodingProfile Larger = new("180p") { Resolution = "320x180", Preset = "ultrafast" };

    private readonly ScratchDirectory _scratch = new();
    private readonly Dictionary<string, string> _shared = [];
    private readonly Dictionary<(string Source, EncodingProfile Profile, Action<FfmpegOptions>? Configure), EncodedProfile> _died = [];

    /// <param name="parts">Where parts are kept; with the job where it is null.</param>
    public ResumableJob(string? parts = null) => Kept = new KeptParts(parts ?? _scratch["parts"]);

    public KeptParts Kept { get; }

    public LogList Log { get; } = new();

    public ProgressList Progress { get; } = new();

    public string this[string name] => _scratch[name];

    public void Dispose() => _scratch.Dispose();

    /// <summary>How long a source is.</summary>
    public double Seconds { get; set; } = 12;

    /// <summary>Of the pictures of a source.</summary>
    public string Size { get; set; } = "192x108";

    /// <summary>12 s of pictures, each another one, with sound.</summary>
    public string Source(string name, string rate = "25", params string[] arguments) => Make(
        name, [.. MediaTool.Pictures(Seconds, Size, rate), .. MediaTool.Sound(Seconds, 16_000), .. arguments.Length > 0 ? arguments : [.. MediaTool.X264, "-bf", "3", "-g", "250"]]);

    /// <summary>A video whose arguments name no other file.</summary>
    public string Make(string name, params string[] arguments)
    {
        _shared[this[name]] = SharedMedia.Make(this[name], arguments);
        return this[name];
    }

    /// <summary>An attempt that dies when all but its last segment is finished, and leaves the first so many of them.</summary>
    public async Task DieAsync(string source, int leaves, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null)
    {
        if (configure is null && _shared.TryGetValue(source, out var video))
            Kept.Take((await SharedMedia.DiedAsync(video, profile ?? Profile)).Kept);
        else
            _died[(source, profile ?? Profile, configure)] = await DieAnewAsync(source, profile, configure);
        Kept.Parts.Should().HaveCountGreaterThanOrEqualTo(leaves);
        Kept.Parts.RemoveRange(leaves, Kept.Parts.Count - leaves);
    }

    /// <summary>An attempt whose worker dies when ffmpeg is through.</summary>
    /// <param name="whole">Where the files go that it has made; with the job where it is null.</param>
    /// <returns>Those files. But for a flag, which changes none of them, it was the command of an attempt without parts.</returns>
    public async Task<EncodedProfile> DieAnewAsync(string source, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null, string? whole = null)
    {
        whole ??= _scratch[$"whole{_died.Count}"];
        var attempt = () => EncodeAsync(source, "died", profile, configure, instead: $"ffmpeg \"$@\"; mkdir '{whole}'; cp * '{whole}'; exit 137");
        (await attempt.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        return new EncodedProfile { Name = (profile ?? Profile).Name, Directory = whole, Playlist = Path.GetFileName(Directory.GetFiles(whole, "*.m3u8").Single()) };
    }

    /// <summary>A shell's words for an ffmpeg that does something else in those runs whose command matches a pattern.</summary>
    public static string Where(string pattern, string does) => $"case \"$*\" in {pattern}) {does};; esac\nffmpeg \"$@\"; exit $?";

    /// <summary>An attempt with the parts of those before.</summary>
    public Task<EncodedProfile> GoOnAsync(string source, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null) =>
        EncodeAsync(source, "resumed", profile, configure);

    /// <summary>What an encode makes that is not interrupted.</summary>
    public async Task<EncodedProfile> EncodeWholeAsync(string source, EncodingProfile? profile = null, Action<FfmpegOptions>? configure = null, string output = "whole")
    {
        if (_died.GetValueOrDefault((source, profile ?? Profile, configure)) is { } whole)
            return whole;
        if (configure is null && _shared.TryGetValue(source, out var video))
            return (await SharedMedia.DiedAsync(video, profile ?? Profile)).Whole;
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
    public static void ShouldBeTheSame(EncodedProfile one, EncodedProfile other, bool hasSamePictures = true)
    {
        var (files, others) = (TestJob.Tree(one.Directory), TestJob.Tree(other.Directory));
        files.Keys.Should().BeEquivalentTo(others.Keys);
        if (files.All(file => others[file.Key] == file.Value))
            return;
        File.ReadAllText(Path.Combine(one.Directory, one.Playlist)).Should().Be(File.ReadAllText(Path.Combine(other.Directory, other.Playlist)));
        var (packets, expected) = Packets(one, other);
        packets.Select(static packet => packet.Times).Should().Equal(expected.Select(static packet => packet.Times));

        // What is coded alike is decoded alike.
        bool IsCompared(string stream) => hasSamePictures || stream != "0";
        if (!packets.Where(packet => IsCompared(packet.Stream)).SequenceEqual(expected.Where(packet => IsCompared(packet.Stream))))
            Decoded(one).Where(line => IsCompared(line.Split(' ')[0])).Should().Equal(Decoded(other).Where(line => IsCompared(line.Split(' ')[0])));
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

    public FfmpegWrapper Wrapper(string? instead = null, int speed = 0) => new(_scratch, speed, instead);

    // By one ffmpeg, because its start costs more than its work.
    private static ((string Stream, string Times, string Content)[] Packets, (string Stream, string Times, string Content)[] Others) Packets(EncodedProfile one, EncodedProfile other)
    {
        var (packets, others) = (one.Directory + ".packets", one.Directory + ".others");
        string[] As(int input, string path) => ["-map", $"{input}:v", "-map", $"{input}:a?", "-c", "copy", "-copyinkf", "-copypriorss", "1", "-f", "framecrc", path];
        MediaTool.Run("ffmpeg", null,
        [
            "-v", "error", "-nostdin", "-y", "-copyts", "-i", Path.Combine(one.Directory, one.Playlist), "-i", Path.Combine(other.Directory, other.Playlist), .. As(0, packets), .. As(1, others),
        ]);
        return (Read(packets), Read(others));
    }

    // Stream by stream: how packets of pictures and sound lie between each other is no matter to a player.
    private static (string Stream, string Times, string Content)[] Read(string packets) => [.. Lines(File.ReadAllText(packets))
        .Where(static line => line[0] != '#').Select(static line => line.Split(',', StringSplitOptions.TrimEntries))
        .Select(static fields => (fields[0], $"{fields[0]} {fields[1]} {fields[2]} {fields.FirstOrDefault(static field => field.StartsWith("F=", StringComparison.Ordinal))}", $"{fields[4]} {fields[5]}"))
        .OrderBy(static packet => packet.Item1, StringComparer.Ordinal)];

    private static string[] Decoded(EncodedProfile profile) => [.. Lines(MediaTool.Run(
        "ffmpeg", profile.Directory, ["-v", "error", "-i", profile.Playlist, "-map", "0:v", "-map", "0:a?", "-f", "framemd5", "-"]))
        .Where(static line => line[0] != '#').Select(static line => line.Split(',')).Select(static fields => $"{fields[0]} {fields[^1]}").OrderBy(static line => line[0])];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static FfmpegOptions Options(Action<FfmpegOptions>? configure)
    {
        var options = new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2), FfmpegPath = SharedMedia.Ffmpeg };
        configure?.Invoke(options);
        return options;
    }

    private EncodeRequest Request(string source, string output, EncodingProfile? profile) =>
        new(new DownloadedVideo(source, new FileInfo(source).Length) { Media = SharedMedia.Media(source, _shared.GetValueOrDefault(source)) }, profile ?? Profile, _scratch[output]);
}
