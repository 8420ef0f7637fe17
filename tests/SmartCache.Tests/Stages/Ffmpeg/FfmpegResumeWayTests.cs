using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>How a retry comes to the picture that it begins at, and what is heard of it on the way.</summary>
public sealed class FfmpegResumeWayTests : IDisposable
{
    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

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
        var source = _job.Make("still.mp4", "-f", "lavfi", "-i", "color=c=teal:size=192x108:rate=25:duration=20", "-c:v", "libx264", "-preset", "ultrafast");
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

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn("counting");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
        var reports = _job.Progress.Reports.Skip(before).ToList();
        reports.Select(static report => report.Phase).Distinct().Should().Equal("checking", "skipping", "encode", "joining");
        reports.Where(static report => report.Phase == "encode").Should().OnlyContain(static report => report.Fraction >= 0.49);
    }

    [Fact]
    public async Task Retry_gives_signs_of_life_while_ffmpeg_works_and_says_nothing()
    {
        _job.Seconds = 16;
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
        (await resumed.Guarded()).Duration.Should().BeCloseTo(TimeSpan.FromSeconds(16), TimeSpan.FromMilliseconds(100));
    }

    private sealed class OwnProbe : ISourceProbe
    {
        private readonly FfprobeSourceProbe _probe = new();

        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) => _probe.ProbeAsync(path, cancellationToken);
    }
}
