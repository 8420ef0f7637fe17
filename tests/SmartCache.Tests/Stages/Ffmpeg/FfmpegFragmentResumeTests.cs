using System.Globalization;
using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>As <see cref="FfmpegResumeTests"/> and <see cref="FfmpegResumeRefusalTests"/>, to fragmented MP4.</summary>
public sealed class FfmpegFragmentResumeTests(FragmentedEncode shared) : IClassFixture<FragmentedEncode>, IDisposable
{
    private static readonly EncodingProfile s_profile = FragmentedEncode.Profile;

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    // With two pictures between others times begin before 0, and an edit list says so.
    [Theory]
    [InlineData("video.mp4", "25", "seeking", true, "-bf", "2")]
    [InlineData("video.mkv", "24000/1001", "seeking", false, "-bf", "2")]
    [InlineData("video.mp4", "31/3", "seeking", true, "-af", "asetpts=PTS+0.3/TB")]
    [InlineData("video.ts", "30000/1001", "counting", true, "-output_ts_offset", "3600.123")]
    public async Task Constant_quality_is_picture_for_picture_what_was_not_interrupted_with_the_same_head(string name, string rate, string way, bool hasSound, params string[] arguments)
    {
        var source = Source(name, rate, hasSound, arguments);
        var configure = With(arguments[0] == "-bf" ? arguments : []);
        await _job.DieAsync(source, leaves: 4, s_profile, configure);

        var resumed = await _job.GoOnAsync(source, s_profile, configure);

        _job.ShouldHaveGoneOn(way);
        ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, s_profile, configure));
    }

    [Fact]
    public async Task Hevc_is_picture_for_picture_what_was_not_interrupted_with_the_same_head()
    {
        var source = Source("video.mp4", "24000/1001", hasSound: false);
        static void Hevc(FfmpegOptions options)
        {
            With("-x265-params", "open-gop=0", "-tag:v", "hvc1")(options);
            options.VideoEncoders = [new("libx265")];
        }

        await _job.DieAsync(source, leaves: 4, s_profile, Hevc);

        var resumed = await _job.GoOnAsync(source, s_profile, Hevc);

        _job.ShouldHaveGoneOn("seeking");
        ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, s_profile, Hevc));
    }

    [Theory]
    [InlineData(FfmpegRateControl.AverageBitrate)]
    [InlineData(FfmpegRateControl.BufferedBitrate)]
    public async Task Average_bit_rate_and_quality_are_those_of_what_was_not_interrupted(FfmpegRateControl control)
    {
        var profile = s_profile with { VideoBitrate = "150k" };
        void Control(FfmpegOptions options)
        {
            With()(options);
            options.RateControl = control;
        }

        await _job.DieAsync(shared.Source, leaves: 4, profile, Control);

        var resumed = await _job.GoOnAsync(shared.Source, profile, Control);

        _job.ShouldHaveGoneOn("seeking");
        var whole = await _job.EncodeWholeAsync(shared.Source, profile, Control);
        ShouldBeTheSame(resumed, whole, hasSamePictures: false);
        (Length(resumed) / Length(whole)).Should().BeInRange(0.95, 1.05);
        (Quality(resumed) - Quality(whole)).Should().BeGreaterThan(-0.3, "dB");
    }

    [Fact]
    public async Task Second_retry_goes_on_from_what_the_first_one_finished()
    {
        _job.Seconds = 15;
        var source = Source("video.mp4", "24000/1001", hasSound: false);
        await _job.DieAsync(source, leaves: 4, s_profile, With());
        var retry = () => _job.EncodeAsync(source, "retry", s_profile, With(), instead: ResumableJob.Where("*' -an '*", "ffmpeg \"$@\"; exit 137"));
        (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _job.Kept.Parts.Should().HaveCount(5, "four of the first attempt, and what the retry finished");

        var resumed = await _job.GoOnAsync(source, s_profile, With());

        _job.Log.Lines.Where(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Should().HaveCount(2).And.Subject.Last().Should().Contain("from 5 segments");
        ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, s_profile, With()));
    }

    [Fact]
    public async Task First_attempt_makes_the_same_bytes_and_keeps_them()
    {
        var made = await _job.EncodeAsync(shared.Source, "made", s_profile, With());

        TestJob.Tree(made.Directory).Should().BeEquivalentTo(TestJob.Tree(shared.Whole.Directory)).And.HaveCount(8);
        _job.Kept.Opened.Should().Equal("ffmpeg-hls/1 libx264 fmp4");
        for (var i = 0; i < 5; i++)
            (await File.ReadAllBytesAsync(shared.Job.Kept.Parts[i].Path)).Should().Equal(await File.ReadAllBytesAsync(Segment(shared.Whole, i)));
    }

    [Fact]
    public async Task Run_for_several_profiles_keeps_segments_of_each()
    {
        var options = new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2), FfmpegPath = _job.Wrapper(ResumableJob.Where("*.run1/*", "ffmpeg \"$@\"; exit 137")).Path };
        With()(options);
        using var stage = new FfmpegProfileEncoder(options, new FfprobeSourceProbe(), logger: _job.Log);
        var other = new KeptParts(_job["other parts"]);
        EncodeRequest Request(EncodingProfile profile, KeptParts kept) =>
            new(new DownloadedVideo(shared.Source, new FileInfo(shared.Source).Length), profile, _job["made " + profile.Name]) { Checkpoint = kept };

        await stage.EncodeTogetherAsync([Request(s_profile, _job.Kept), Request(new("60p") { Resolution = "96x60", Preset = "ultrafast" }, other)]);

        other.Parts.Should().HaveCount(5);
        ShouldBeTheSame(await _job.GoOnAsync(shared.Source, s_profile, With()), shared.Whole);
        _job.ShouldHaveGoneOn("seeking");
    }

    [Theory]
    [InlineData("one picture later", "are others")]
    [InlineData("made with other parameters", "another stream")]
    [InlineData("cut", "hole")]
    [InlineData("another one of the run", "hole")]
    [InlineData("not what its head says", "another stream")]
    [InlineData("made again with other parameters", "other parameters")]
    public async Task Wrong_part_is_found_out(string what, string why)
    {
        _job.Kept.Take(shared.Job.Kept);
        var last = await File.ReadAllBytesAsync(_job.Kept.Parts[4].Path);
        switch (what)
        {
            case "one picture later":
                var later = await _job.EncodeWholeAsync(MediaTool.Make(_job["later.mp4"], "-i", shared.Source, "-vf", "trim=start_frame=1,setpts=PTS-STARTPTS", "-c:v", "libx264", "-preset", "ultrafast"), s_profile, With(), "later");
                for (var i = 2; i < 5; i++)
                    _job.Kept.Plant(i, await File.ReadAllBytesAsync(Segment(later, i)));
                break;
            case "made with other parameters":
                _job.Kept.Plant(4, await File.ReadAllBytesAsync(Segment(await _job.EncodeWholeAsync(shared.Source, s_profile, With("-bf", "2"), "other"), 4)));
                break;
            case "cut":
                _job.Kept.Plant(4, last[..^100]);
                break;
            case "another one of the run":
                _job.Kept.Plant(1, last);
                break;
            case "not what its head says":
                _job.Kept.Note(1, "head", new string('0', 64));
                break;
        }

        const string others = "for a do shift; [ \"$a\" != -preset ] || set -- \"$@\" -refs 3; set -- \"$@\" \"$a\"; done; ffmpeg \"$@\"; exit $?";
        var encoded = await _job.EncodeAsync(
            shared.Source, "resumed", s_profile, With(), instead: what.StartsWith("made again", StringComparison.Ordinal) ? ResumableJob.Where("*' -an '*", others) : null);

        _job.ShouldHaveBegunAnew("2210 ", why);
        TestJob.Tree(encoded.Directory).Should().BeEquivalentTo(TestJob.Tree(shared.Whole.Directory));
    }

    [Fact]
    public async Task Type_of_segments_that_is_named_among_the_parameters_of_a_profile_keeps_nothing()
    {
        var source = MediaTool.Make(_job["video.mp4"], [.. MediaTool.Pictures(1), .. MediaTool.X264]);

        await _job.EncodeAsync(source, "encoded", s_profile with { Parameters = new Dictionary<string, string> { ["hls_segment_type"] = "fmp4" } });

        _job.Kept.Opened.Should().BeEmpty();
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2211 ", StringComparison.Ordinal)).Which.Should().Contain("a file each");
    }

    private static Action<FfmpegOptions> With(params string[] arguments) => options =>
    {
        FragmentedEncode.Configure(options);
        options.ExtraOutputArguments = [.. options.ExtraOutputArguments, .. arguments];
    };

    private static string Segment(EncodedProfile profile, int index) => Path.Combine(profile.Directory, $"90p_{index:00000}.m4s");

    private static byte[] Head(EncodedProfile profile) => File.ReadAllBytes(Path.Combine(profile.Directory, "90p_init.mp4"));

    private static double Length(EncodedProfile profile) => Directory.GetFiles(profile.Directory, "*.m4s").Sum(static path => new FileInfo(path).Length);

    /// <summary>Mean over all pictures, in dB.</summary>
    private double Quality(EncodedProfile profile)
    {
        var lines = MediaTool.Run("ffmpeg", profile.Directory,
        [
            "-v", "error", "-i", profile.Playlist, "-i", shared.Source, "-lavfi",
            "[0:v]setpts=N/25/TB,setsar=1[a];[1:v]scale=160:90,setpts=N/25/TB,setsar=1[b];[a][b]psnr=stats_file=-:shortest=1", "-f", "null", "-",
        ]);
        var differences = lines.Split('\n').Where(static line => line.Contains("mse_avg:")).Select(static line => double.Parse(line.Split("mse_avg:")[1].Split(' ')[0], CultureInfo.InvariantCulture));
        return 10 * Math.Log10(255 * 255 / differences.Average());
    }

    private static void ShouldBeTheSame(EncodedProfile one, EncodedProfile other, bool hasSamePictures = true)
    {
        ResumableJob.ShouldBeTheSame(one, other, hasSamePictures);
        Head(one).Should().Equal(Head(other));
    }

    private string Source(string name, string rate, bool hasSound, params string[] arguments) => MediaTool.Make(
        _job[name], [.. MediaTool.Pictures(_job.Seconds, "320x180", rate), .. hasSound ? MediaTool.Sound(_job.Seconds) : [], .. MediaTool.X264, "-g", "250", .. arguments]);
}
