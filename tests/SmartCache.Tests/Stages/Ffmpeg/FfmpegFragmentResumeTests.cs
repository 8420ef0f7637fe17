using System.Globalization;
using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>As <see cref="FfmpegResumeTests"/>, to fragmented MP4.</summary>
public sealed class FfmpegFragmentResumeTests : IDisposable
{
    private static readonly EncodingProfile s_profile = new("90p") { Resolution = "160x90", Preset = "ultrafast" };

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    // With two pictures between others times begin before 0, and an edit list says so.
    [Theory]
    [InlineData("video.mp4", "25", "seeking", "-bf", "2")]
    [InlineData("video.mkv", "24000/1001", "seeking", "-bf", "2", "-an")]
    [InlineData("video.mp4", "31/3", "seeking", "-af", "asetpts=PTS+0.3/TB")]
    [InlineData("video.ts", "30000/1001", "counting", "-output_ts_offset", "3600.123")]
    public async Task Constant_quality_is_picture_for_picture_what_was_not_interrupted_with_the_same_head(string name, string rate, string way, params string[] arguments)
    {
        // What is added to the source is for the encode too, where it is an option of the encoder.
        var source = Source(name, rate, arguments);
        void Configure(FfmpegOptions options)
        {
            Fragmented(options);
            options.ExtraOutputArguments = [.. options.ExtraOutputArguments, .. arguments.Take(arguments[0] == "-bf" ? 2 : 0)];
        }

        await _job.DieAsync(source, leaves: 4, s_profile, Configure);

        var resumed = await _job.GoOnAsync(source, s_profile, Configure);

        _job.ShouldHaveGoneOn(way);
        ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, s_profile, Configure));
    }

    [Fact]
    public async Task Hevc_is_picture_for_picture_what_was_not_interrupted_with_the_same_head()
    {
        var source = Source("video.mp4", "24000/1001");
        static void Hevc(FfmpegOptions options)
        {
            Fragmented(options);
            (options.VideoEncoders, options.ExtraOutputArguments) = ([new("libx265")], [.. options.ExtraOutputArguments, "-x265-params", "open-gop=0", "-tag:v", "hvc1"]);
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
        var source = Source("video.mp4");
        void Control(FfmpegOptions options)
        {
            Fragmented(options);
            options.RateControl = control;
        }

        await _job.DieAsync(source, leaves: 4, profile, Control);

        var resumed = await _job.GoOnAsync(source, profile, Control);

        _job.ShouldHaveGoneOn("seeking");
        var whole = await _job.EncodeWholeAsync(source, profile, Control);
        _job.ShouldBeTheSame(resumed, whole, hasSamePictures: false);
        File.ReadAllBytes(Head(resumed)).Should().Equal(File.ReadAllBytes(Head(whole)));
        (Length(resumed) / Length(whole)).Should().BeInRange(0.95, 1.05);
        (Quality(resumed, source) - Quality(whole, source)).Should().BeGreaterThan(-0.3, "dB");
    }

    [Fact]
    public async Task Decoders_buffer_that_would_run_empty_behind_the_joint_is_found_out()
    {
        var profile = s_profile with { VideoBitrate = "40k" };
        var source = Source("video.mp4");
        static void Control(FfmpegOptions options)
        {
            Fragmented(options);
            options.RateControl = FfmpegRateControl.BufferedBitrate;
        }

        await _job.DieAsync(source, leaves: 5, profile, Control);
        // The last segment of the rest is the first that is behind the joint.
        const string more = "for a do shift; case \"$a\" in 40k|80k) a=40M;; esac; set -- \"$@\" \"$a\"; done; ffmpeg \"$@\"; exit $?";

        var encoded = await _job.EncodeAsync(source, "resumed", profile, Control, instead: ResumableJob.Where("*' -an '*", more));

        _job.ShouldHaveBegunAnew("2209 ", "buffer");
        ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source, profile, Control), hasSamePictures: false);
    }

    [Fact]
    public async Task Second_retry_goes_on_from_what_the_first_one_finished()
    {
        _job.Seconds = 18;
        var source = Source("video.mp4", "24000/1001");
        await _job.DieAsync(source, leaves: 4, s_profile, Fragmented);
        var retry = () => _job.EncodeAsync(source, "retry", s_profile, Fragmented, instead: ResumableJob.Where("*' -an '*", "ffmpeg \"$@\"; exit 137"));
        (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _job.Kept.Parts.Should().HaveCount(5, "four of the first attempt, and what the retry finished");

        var resumed = await _job.GoOnAsync(source, s_profile, Fragmented);

        _job.Log.Lines.Where(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Should().HaveCount(2).And.Subject.Last().Should().Contain("from 5 segments");
        ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, s_profile, Fragmented));
    }

    [Fact]
    public async Task First_attempt_makes_the_same_bytes()
    {
        var source = Source("video.mp4");

        var kept = await _job.EncodeAsync(source, "kept", s_profile, Fragmented, instead: "ffmpeg \"$@\"; code=$?; exit $code");

        TestJob.Tree(kept.Directory).Should().BeEquivalentTo(TestJob.Tree((await _job.EncodeWholeAsync(source, s_profile, Fragmented)).Directory)).And.HaveCount(8);
        _job.Kept.Opened.Should().Equal("ffmpeg-hls/1 libx264 fmp4");
    }

    [Fact]
    public async Task Run_for_several_profiles_keeps_segments_of_each()
    {
        var source = Source("video.mp4");
        var options = new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2), FfmpegPath = _job.Wrapper(ResumableJob.Where("*.run1/*", "ffmpeg \"$@\"; exit 137")).Path };
        Fragmented(options);
        using var stage = new FfmpegProfileEncoder(options, new FfprobeSourceProbe(), logger: _job.Log);
        var other = new KeptParts(_job["other parts"]);

        await stage.EncodeTogetherAsync(
        [
            new EncodeRequest(new DownloadedVideo(source, new FileInfo(source).Length), s_profile, _job["a"]) { Checkpoint = _job.Kept },
            new EncodeRequest(new DownloadedVideo(source, new FileInfo(source).Length), new("60p") { Resolution = "96x60", Preset = "ultrafast" }, _job["b"]) { Checkpoint = other },
        ]);

        _job.Kept.Parts.Should().HaveCount(5);
        other.Parts.Should().HaveCount(5);
        ShouldBeTheSame(await _job.GoOnAsync(source, s_profile, Fragmented), await _job.EncodeWholeAsync(source, s_profile, Fragmented));
        _job.ShouldHaveGoneOn("seeking");
    }

    [Theory]
    [InlineData("one picture later", "are others")]
    [InlineData("made of other parameters", "another stream")]
    [InlineData("cut", "hole")]
    [InlineData("another one of the run", "hole")]
    [InlineData("not what its head says", "another stream")]
    [InlineData("made again with other parameters", "other parameters")]
    public async Task Wrong_part_is_found_out(string what, string why)
    {
        var source = Source("video.mp4");
        await _job.DieAsync(source, leaves: 5, s_profile, Fragmented);
        var last = _job.Kept.Parts[4];
        switch (what)
        {
            case "one picture later":
                for (var i = 2; i < 5; i++)
                    _job.Kept.Plant(i, await SegmentAsync("later", MediaTool.Make(_job["later.mp4"], "-i", source, "-vf", "trim=start_frame=1,setpts=PTS-STARTPTS", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy"), i));
                break;
            case "made of other parameters":
                _job.Kept.Plant(4, await SegmentAsync("other", source, 4, "-bf", "2"));
                break;
            case "cut":
                _job.Kept.Plant(4, (await File.ReadAllBytesAsync(last.Path))[..^100]);
                break;
            case "another one of the run":
                _job.Kept.Plant(1, await File.ReadAllBytesAsync(last.Path));
                break;
            case "not what its head says":
                _job.Kept.Note(1, "head", new string('0', 64));
                break;
        }

        var other = what.StartsWith("made again", StringComparison.Ordinal) ? ResumableJob.Where("*' -an '*", "for a do shift; [ \"$a\" != -preset ] || set -- \"$@\" -refs 3; set -- \"$@\" \"$a\"; done; ffmpeg \"$@\"; exit $?") : null;
        var encoded = await _job.EncodeAsync(source, "resumed", s_profile, Fragmented, instead: other);

        _job.ShouldHaveBegunAnew("2210 ", why);
        TestJob.Tree(encoded.Directory).Should().BeEquivalentTo(TestJob.Tree((await _job.EncodeWholeAsync(source, s_profile, Fragmented)).Directory));
    }

    [Fact]
    public async Task Type_of_segments_that_is_named_among_the_parameters_of_a_profile_keeps_nothing()
    {
        var source = MediaTool.Make(_job["video.mp4"], [.. MediaTool.Pictures(1), .. MediaTool.Sound(1), .. MediaTool.X264]);

        await _job.EncodeAsync(source, "encoded", s_profile with { Parameters = new Dictionary<string, string> { ["hls_segment_type"] = "fmp4" } });

        _job.Kept.Opened.Should().BeEmpty();
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2211 ", StringComparison.Ordinal)).Which.Should().Contain("a file each");
    }

    private static void Fragmented(FfmpegOptions options) => options.ExtraOutputArguments = ["-hls_segment_type", "fmp4"];

    private static string Head(EncodedProfile profile) => Path.Combine(profile.Directory, "90p_init.mp4");

    private static double Length(EncodedProfile profile) => Directory.GetFiles(profile.Directory, "*.m4s").Sum(static path => new FileInfo(path).Length);

    /// <summary>Mean over all pictures, in dB.</summary>
    private static double Quality(EncodedProfile profile, string source)
    {
        var lines = MediaTool.Run("ffmpeg", profile.Directory,
        [
            "-v", "error", "-i", profile.Playlist, "-i", source, "-lavfi",
            "[0:v]setpts=N/25/TB,setsar=1[a];[1:v]scale=160:90,setpts=N/25/TB,setsar=1[b];[a][b]psnr=stats_file=-:shortest=1", "-f", "null", "-",
        ]);
        return 10 * Math.Log10(255 * 255 / lines.Split('\n').Where(static line => line.Contains("mse_avg:")).Average(static line => double.Parse(line.Split("mse_avg:")[1].Split(' ')[0], CultureInfo.InvariantCulture)));
    }

    private void ShouldBeTheSame(EncodedProfile one, EncodedProfile other, bool hasSamePictures = true)
    {
        _job.ShouldBeTheSame(one, other, hasSamePictures);
        File.ReadAllBytes(Head(one)).Should().Equal(File.ReadAllBytes(Head(other)));
    }

    private string Source(string name, string rate = "25", params string[] arguments) =>
        MediaTool.Make(_job[name], [.. MediaTool.Pictures(_job.Seconds, "320x180", rate), .. MediaTool.Sound(_job.Seconds), .. MediaTool.X264, "-g", "250", .. arguments]);

    /// <summary>A segment of another encode.</summary>
    private async Task<byte[]> SegmentAsync(string output, string source, int segment, params string[] arguments)
    {
        var other = Directory.Exists(_job[output])
            ? _job[output]
            : (await _job.EncodeWholeAsync(source, s_profile, options => options.ExtraOutputArguments = ["-hls_segment_type", "fmp4", .. arguments], output)).Directory;
        return await File.ReadAllBytesAsync(Path.Combine(other, $"90p_{segment:00000}.m4s"));
    }
}
