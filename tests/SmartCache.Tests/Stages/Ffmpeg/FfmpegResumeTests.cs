using System.Globalization;
using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

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
    [InlineData("video.ts", "25", 4, "counting")]
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

    [Theory]
    [InlineData("without sound", "-an", "-c:v", "libx264", "-preset", "ultrafast")]
    [InlineData("with longer sound", "-f", "lavfi", "-i", "sine=duration=15", "-map", "0:v", "-map", "2:a", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")]
    [InlineData("with sound that begins later", "-af", "asetpts=PTS+0.7/TB", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")]
    [InlineData("that begins in the middle of its clock", "-output_ts_offset", "3600.123", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts")]
    [InlineData("of open groups", "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-x264-params", "open-gop=1", "-g", "60", "-c:a", "aac")]
    [InlineData("that is turned", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:v", "rotate=90")]
    public async Task Source_is_cut_at_the_right_picture(string what, params string[] arguments)
    {
        var source = _job.Source(what + ".mp4", "25", arguments);
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn();
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Source_of_which_an_edit_list_shows_a_part_is_cut_at_the_right_picture()
    {
        var whole = _job.Source("whole.mp4", "25", [.. MediaTool.X264, "-bf", "3", "-g", "250"]);
        var source = MediaTool.Make(_job["cut.mp4"], "-ss", "1.3", "-i", whole, "-c", "copy");
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn("seeking");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    // Where such a file begins, and what a jump of its clock is worth, depends on the streams that are read.
    [Theory]
    [InlineData("-af", "asetpts=PTS+0.5/TB")]
    [InlineData("-vf", "setpts=PTS+0.5/TB")]
    public async Task Transport_stream_whose_pictures_and_sound_begin_apart_has_them_where_they_were(params string[] arguments)
    {
        var source = _job.Source("video.ts", "25", [.. arguments, .. MediaTool.X264]);
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Theory]
    [InlineData(5.4, 0)]
    [InlineData(6, 0.6)]
    [InlineData(5.4, 0.6)]
    public async Task Transport_streams_one_behind_the_other_are_exact_also_where_there_is_no_sound_at_the_seam(double endsAt, double beginsAt)
    {
        _job.Seconds = 6;
        var first = _job.Source("first.ts", "25", ["-af", FormattableString.Invariant($"atrim=end={endsAt}"), .. MediaTool.X264]);
        var second = _job.Source("second.ts", "25", ["-af", FormattableString.Invariant($"asetpts=PTS+{beginsAt}/TB"), .. MediaTool.X264]);
        var source = _job["both.ts"];
        await File.WriteAllBytesAsync(source, [.. await File.ReadAllBytesAsync(first), .. await File.ReadAllBytesAsync(second)]);
        await _job.DieAsync(source, leaves: 5);

        var resumed = await _job.GoOnAsync(source);

        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
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

    [Fact]
    public async Task Seek_that_arrives_elsewhere_is_found_out_and_pictures_are_counted()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);
        const string seeksNot = "if [ \"$8\" = -ss ]; then shift 9; set -- -hide_banner -nostdin -nostats -loglevel warning -progress pipe:1 \"$@\"; fi\nffmpeg \"$@\"; exit $?";

        var resumed = await _job.EncodeAsync(source, "resumed", instead: seeksNot);

        _job.ShouldHaveGoneOn("seeking");
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2212 ", StringComparison.Ordinal)).Which.Should().Contain("counting");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Seek_that_arrives_elsewhere_in_a_still_is_found_out_by_the_number_of_pictures_and_they_are_counted()
    {
        var source = _job.Make("still.mp4", "-f", "lavfi", "-i", "color=c=teal:size=640x360:rate=25:duration=20", "-c:v", "libx264", "-preset", "ultrafast");
        await _job.DieAsync(source, leaves: 4);
        const string seeksLater = "if [ \"$8\" = -ss ]; then shift 9; set -- -hide_banner -nostdin -nostats -loglevel warning -progress pipe:1 -ss 2.5 \"$@\"; fi\nffmpeg \"$@\"; exit $?";

        var resumed = await _job.EncodeAsync(source, "resumed", instead: seeksLater);

        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2212 ", StringComparison.Ordinal)).Which.Should().Contain("pictures, and the source");
        _job.Kept.Forgotten.Should().ContainSingle("what was kept of the first try is at the wrong place").Which.Should().BeCloseTo(TimeSpan.FromSeconds(8), TimeSpan.FromMilliseconds(100));
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Host_whose_probe_is_its_own_has_its_pictures_counted()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.EncodeAsync(source, "resumed", probe: new OwnProbe());

        _job.ShouldHaveGoneOn("counting");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Retry_gives_signs_of_life_while_it_passes_pictures_by_and_goes_on_where_the_first_attempt_was()
    {
        _job.Seconds = 16;
        var source = _job.Source("video.ts");
        await _job.DieAsync(source, leaves: 7);
        var before = _job.Progress.Reports.Count;

        await _job.GoOnAsync(source);

        var reports = _job.Progress.Reports.Skip(before).ToList();
        reports.Select(static report => report.Phase).Distinct().Should().Equal("checking", "skipping", "encode", "joining");
        reports.Where(static report => report.Phase == "encode").Should().OnlyContain(static report => report.Fraction >= 0.49);
    }

    [Fact]
    public async Task Retry_gives_signs_of_life_while_ffmpeg_works_and_says_nothing()
    {
        var source = _job.Source("video.ts");
        await _job.DieAsync(source, leaves: 4);
        var (time, go, signs) = (new DrivenTime(), _job["go"], 0);
        var silent = ResumableJob.Where("*' -an '*", $"while [ ! -e '{go}' ]; do :; done; ffmpeg \"$@\"; exit $?");
        var progress = new ProgressList { OnReport = report => Interlocked.Add(ref signs, report.Phase == "skipping" ? 1 : 0) };

        var resumed = _job.EncodeAsync(source, "resumed", instead: silent, time: time, progress: progress);

        while (Volatile.Read(ref signs) < 4 && !resumed.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        resumed.IsCompleted.Should().BeFalse();
        await File.WriteAllTextAsync(go, "");
        (await resumed.Guarded()).Duration.Should().BeCloseTo(TimeSpan.FromSeconds(12), TimeSpan.FromMilliseconds(100));
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

    private sealed class OwnProbe : ISourceProbe
    {
        private readonly FfprobeSourceProbe _probe = new();

        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) => _probe.ProbeAsync(path, cancellationToken);
    }
}
