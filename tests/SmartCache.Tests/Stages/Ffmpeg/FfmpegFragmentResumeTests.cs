using System.Globalization;
using SmartCache.FFMpegCore;
using static SmartCache.Tests.Stages.Ffmpeg.FragmentedEncode;

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

    private string Source(string name, string rate, bool hasSound, params string[] arguments) => MediaTool.Make(
        _job[name], [.. MediaTool.Pictures(_job.Seconds, "192x108", rate), .. hasSound ? MediaTool.Sound(_job.Seconds) : [], .. MediaTool.X264, "-g", "250", .. arguments]);
}
