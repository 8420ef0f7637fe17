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
    [InlineData("video.mp4", "31/3", 3, "seeking")]
    [InlineData("video.ts", "25", 4, "counting")]
    [InlineData("video.ts", "30000/1001", 3, "counting")]
    [InlineData("video.avi", "25", 4, "counting")]
    public async Task Constant_quality_is_picture_for_picture_what_was_not_interrupted(string name, string rate, int left, string way)
    {
        var source = name.EndsWith("avi", StringComparison.Ordinal) ? _job.Source(name, rate, s_avi) : _job.Source(name, rate);
        await _job.DieAsync(source, left);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn(way);
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Hevc_is_picture_for_picture_what_was_not_interrupted()
    {
        var source = _job.Source("video.mp4", "24000/1001");
        static void Hevc(FfmpegOptions options) => options.VideoEncoders = [new("libx265")];
        await _job.DieAsync(source, leaves: 4, configure: Hevc);

        var resumed = await _job.GoOnAsync(source, configure: Hevc);

        _job.ShouldHaveGoneOn("seeking");
        resumed.ActualEncoder.Should().Be("libx265");
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source, configure: Hevc));
    }

    [Theory]
    [InlineData(FfmpegRateControl.AverageBitrate)]
    [InlineData(FfmpegRateControl.BufferedBitrate)]
    public async Task Average_bit_rate_and_quality_are_those_of_what_was_not_interrupted(FfmpegRateControl control)
    {
        var profile = ResumableJob.Profile with { VideoBitrate = "400k" };
        var source = _job.Source("video.mp4");
        void Control(FfmpegOptions options) => options.RateControl = control;
        await _job.DieAsync(source, leaves: 4, profile, Control);

        var resumed = await _job.GoOnAsync(source, profile, Control);

        _job.ShouldHaveGoneOn("seeking");
        var whole = await _job.EncodeWholeAsync(source, profile, Control);
        _job.ShouldBeTheSame(resumed, whole, hasSamePictures: false);
        (Bytes(resumed) / Bytes(whole)).Should().BeInRange(0.95, 1.05);
        (Quality(resumed, source) - Quality(whole, source)).Should().BeGreaterThan(-0.3, "dB");
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
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Source_of_which_an_edit_list_shows_a_part_is_cut_at_the_right_picture()
    {
        var whole = _job.Source("whole.mp4", "25", [.. MediaTool.X264, "-bf", "3", "-g", "250"]);
        var source = MediaTool.Make(_job["cut.mp4"], "-ss", "1.3", "-i", whole, "-c", "copy");
        await _job.DieAsync(source, leaves: 3);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn("seeking");
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Second_retry_goes_on_from_what_the_first_one_finished()
    {
        var source = _job.Source("video.mp4", "24000/1001");
        await _job.DieAsync(source, leaves: 3);
        var retry = () => _job.EncodeAsync(source, "retry", instead: ResumableJob.Where("*' -an '*", "ffmpeg \"$@\"; exit 137"));
        (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _job.Kept.Parts.Should().HaveCount(5, "three of the first attempt, and what the retry finished");

        var resumed = await _job.GoOnAsync(source);

        _job.Log.Lines.Where(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Should().HaveCount(2).And.Subject.Last().Should().Contain("from 5 segments");
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
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
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Host_whose_probe_is_its_own_has_its_pictures_counted()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.EncodeAsync(source, "resumed", probe: new OwnProbe());

        _job.ShouldHaveGoneOn("counting");
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Retry_gives_signs_of_life_while_it_passes_pictures_by_and_goes_on_where_the_first_attempt_was()
    {
        var source = _job.Source("video.ts");
        await _job.DieAsync(source, leaves: 4);
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

    private sealed class OwnProbe : ISourceProbe
    {
        private readonly FfprobeSourceProbe _probe = new();

        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) => _probe.ProbeAsync(path, cancellationToken);
    }
}
