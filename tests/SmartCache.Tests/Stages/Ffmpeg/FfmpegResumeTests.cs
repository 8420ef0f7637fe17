using System.Globalization;
using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>The retry of an encode goes on from the segments that were finished, and its result is that of one that was not interrupted.</summary>
public sealed class FfmpegResumeTests : IDisposable
{
    private static readonly string[] s_avi = ["-c:v", "mpeg4", "-bf", "2", "-q:v", "4", "-g", "250", "-c:a", "mp3"];

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Theory]
    [InlineData("video.mp4", "25", 4, "seeking")]
    [InlineData("video.mp4", "24000/1001", 5, "seeking")]
    [InlineData("video.mkv", "24000/1001", 4, "seeking")]
    [InlineData("video.mp4", "60000/1001", 4, "seeking")]
    // At this rate neither key frames nor ticks of the joint are where a run of its own would put them, and after some minutes at 24000/1001 too.
    [InlineData("video.mp4", "31/3", 4, "seeking")]
    [InlineData("video.ts", "30000/1001", 4, "counting")]
    [InlineData("video.avi", "25", 4, "counting")]
    public async Task Constant_quality_is_picture_for_picture_what_was_not_interrupted(string name, string rate, int left, string way)
    {
        var source = name.EndsWith("avi", StringComparison.Ordinal) ? _job.Source(name, rate, s_avi) : _job.Source(name, rate);
        await _job.DieAsync(source, left);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn(way);
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Hevc_whose_key_frames_can_be_joined_at_is_picture_for_picture_what_was_not_interrupted()
    {
        var source = _job.Source("video.mp4", "24000/1001");
        static void Hevc(FfmpegOptions options) => (options.VideoEncoders, options.ExtraOutputArguments) = ([new("libx265")], ["-x265-params", "open-gop=0"]);
        await _job.DieAsync(source, leaves: 4, configure: Hevc);

        var resumed = await _job.GoOnAsync(source, configure: Hevc);

        _job.ShouldHaveGoneOn("seeking");
        resumed.ActualEncoder.Should().Be("libx265");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, configure: Hevc));
    }

    // With 2 s or 4 s made again, the 50 pictures behind the joint are others here.
    [Fact]
    public async Task Constant_quality_is_exact_also_where_its_rate_control_takes_seconds_to_settle()
    {
        (_job.Seconds, _job.Size) = (16, "480x270");
        var profile = ResumableJob.Larger with { Preset = "veryfast" };
        var source = _job.Source(
            "cuts.mp4", "25", ["-vf", "hue=h='90*floor(t/1.7)':s='1+0.5*sin(t)',rotate='0.3*sin(0.7*t)',noise=alls='8':allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-c:a", "aac"]);
        await _job.DieAsync(source, leaves: 6, profile);

        var resumed = await _job.GoOnAsync(source, profile);

        _job.ShouldHaveGoneOn("seeking");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, profile));
    }

    [Theory]
    [InlineData(FfmpegRateControl.AverageBitrate)]
    [InlineData(FfmpegRateControl.BufferedBitrate)]
    public async Task Average_bit_rate_and_quality_are_those_of_what_was_not_interrupted(FfmpegRateControl control)
    {
        _job.Size = "480x270";
        var profile = ResumableJob.Larger with { VideoBitrate = "400k" };
        var source = _job.Source("video.mp4");
        void Control(FfmpegOptions options) => options.RateControl = control;
        await _job.DieAsync(source, leaves: 4, profile, Control);

        var resumed = await _job.GoOnAsync(source, profile, Control);

        _job.ShouldHaveGoneOn("seeking");
        var whole = await _job.EncodeWholeAsync(source, profile, Control);
        ResumableJob.ShouldBeTheSame(resumed, whole, hasSamePictures: false);
        (Bytes(resumed) / Bytes(whole)).Should().BeInRange(0.95, 1.05);
        (Quality(resumed, source) - Quality(whole, source)).Should().BeGreaterThan(-0.3, "dB");
        if (control == FfmpegRateControl.BufferedBitrate)
            LeastFullness(resumed).Should().BePositive("the buffer never runs empty").And.BeGreaterThan(LeastFullness(whole) - 0.05, "of its size");
    }

    // 36 dB between what is there and what is made again: much in steps of 10 bit, and still the same pictures.
    [Fact]
    public async Task Pictures_at_the_joint_are_compared_by_what_their_samples_can_be()
    {
        static void TenBits(FfmpegOptions options) => options.ExtraOutputArguments = ["-pix_fmt", "yuv420p10le"];
        _job.Size = "480x270";
        var profile = ResumableJob.Larger with { VideoBitrate = "400k" };
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4, profile, TenBits);
        var coarse = await _job.EncodeWholeAsync(source, profile with { VideoBitrate = "150k" }, TenBits, "coarse");
        for (var i = 0; i < 4; i++)
            _job.Kept.Plant(i, await File.ReadAllBytesAsync(Path.Combine(coarse.Directory, $"180p_{i:00000}.ts")));

        var resumed = await _job.GoOnAsync(source, profile, TenBits);

        _job.ShouldHaveGoneOn("seeking");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, profile, TenBits), hasSamePictures: false);
    }

    [Fact]
    public async Task Second_retry_goes_on_from_what_the_first_one_finished()
    {
        _job.Seconds = 20;
        var source = _job.Source("video.mp4", "24000/1001");
        await _job.DieAsync(source, leaves: 4);
        var retry = () => _job.EncodeAsync(source, "retry", instead: ResumableJob.Where("*' -an '*", "ffmpeg \"$@\"; exit 137"));
        (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _job.Kept.Parts.Should().HaveCount(5, "four of the first attempt, and what the retry finished");

        var resumed = await _job.GoOnAsync(source);

        _job.Log.Lines.Where(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Should().HaveCount(2).And.Subject.Last().Should().Contain("from 5 segments");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    private static double Bytes(EncodedProfile profile) => Directory.GetFiles(profile.Directory, "*.ts").Sum(static path => new FileInfo(path).Length);

    /// <summary>Mean over all pictures, in dB.</summary>
    private static double Quality(EncodedProfile profile, string source)
    {
        var lines = MediaTool.Run("ffmpeg", profile.Directory,
        [
            "-v", "error", "-i", profile.Playlist, "-i", source, "-lavfi",
            "[0:v]setpts=N/25/TB,setsar=1[a];[1:v]scale=320:180,setpts=N/25/TB,setsar=1[b];[a][b]psnr=stats_file=-:shortest=1", "-f", "null", "-",
        ]);
        var differences = lines.Split('\n').Where(static line => line.Contains("mse_avg:")).Select(static line => double.Parse(line.Split("mse_avg:")[1].Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        differences.Should().HaveCountGreaterThan(250);
        return 10 * Math.Log10(255 * 255 / differences.Average());
    }

    /// <summary>How full the buffer is at least that 400 kbit/s fill and that holds 800 kbit: the stage's <c>-maxrate</c> and <c>-bufsize</c>. Of its size.</summary>
    private static double LeastFullness(EncodedProfile profile)
    {
        const double Rate = 400e3, Size = 800e3;
        var (full, least, before) = (0.9 * Size, 1.0, double.NaN);
        foreach (var packet in MediaTool.Run("ffprobe", profile.Directory, ["-v", "error", "-select_streams", "v", "-show_entries", "packet=dts_time,size", "-of", "csv=p=0", profile.Playlist]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = packet.Split(',');
            var time = double.Parse(fields[0], CultureInfo.InvariantCulture);
            full = Math.Min(Size, full + (double.IsNaN(before) ? 0 : (time - before) * Rate)) - (8 * double.Parse(fields[1], CultureInfo.InvariantCulture));
            (least, before) = (Math.Min(least, full / Size), time);
        }

        return least;
    }
}
