using SmartCache.FFMpegCore;
using SmartCache.FFMpegCore.Resuming;
using SmartCache.FFMpegCore.Running;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>What the stage keeps while it encodes, and its retries with a real cache.</summary>
public sealed class FfmpegCheckpointTests : IDisposable
{
    private static readonly EncodingProfile[] s_ladder = [ResumableJob.Profile, new("72p") { Resolution = "128x72", Preset = "ultrafast" }];

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Fact]
    public async Task First_attempt_makes_the_same_bytes_by_the_same_calls_and_its_command_differs_by_one_flag()
    {
        var source = _job.Source("video.mp4");
        var wrapper = _job.Wrapper($"strace -f -y -qq --seccomp-bpf -e trace=read,pread64,write,pwrite64,writev -o '{_job["calls"]}'.$$ ffmpeg \"$@\" &");

        var kept = await _job.EncodeAsync(source, "kept", configure: options => options.FfmpegPath = wrapper.Path);
        var calls = TakeCalls();

        var plain = await _job.EncodeWholeAsync(source, configure: options => options.FfmpegPath = wrapper.Path);
        TestJob.Tree(kept.Directory).Should().BeEquivalentTo(TestJob.Tree(plain.Directory)).And.HaveCount(7);
        calls.Should().Equal(TakeCalls()).And.HaveCount(2).And.NotContainValue(0);
        var runs = wrapper.Starts.Where(static start => start.Contains(" -i ")).ToList();
        runs.Should().HaveCount(2);
        runs[0].Replace("+temp_file", "").Should().Be(runs[1]).And.NotBe(runs[0]);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task Attempt_that_is_killed_in_the_middle_leaves_whole_segments_and_its_retry_goes_on_from_them(string signal)
    {
        // Long enough for the signal to come in the middle, however late a busy machine records.
        _job.Seconds = 30;
        var source = _job.Source("video.mp4", "24000/1001");
        var wrapper = _job.Wrapper(speed: 4);
        var recorded = 0;
        _job.Kept.OnRecord = _ =>
        {
            if (Interlocked.Increment(ref recorded) == 4)
                FfmpegWrapper.Signal(wrapper.FfmpegPid, signal);
        };
        var attempt = () => _job.EncodeAsync(source, "died", configure: options => options.FfmpegPath = wrapper.Path);
        (await attempt.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();

        var whole = await _job.EncodeWholeAsync(source);
        _job.Kept.Parts.Should().HaveCountGreaterThanOrEqualTo(4).And.HaveCountLessThan(15);
        for (var i = 0; i < _job.Kept.Parts.Count; i++)
            (await File.ReadAllBytesAsync(_job.Kept.Parts[i].Path)).Should().Equal(await File.ReadAllBytesAsync(Path.Combine(whole.Directory, $"90p_{i:00000}.ts")));
        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn("seeking");
        ResumableJob.ShouldBeTheSame(resumed, whole, hasSamePictures: false);
    }

    [Fact]
    public async Task Retry_with_a_cache_goes_on_stores_the_profile_and_leaves_no_parts()
    {
        await using var cache = new TestCache(CheckpointedJob.On, new FfprobeSourceProbe());
        var source = _job.Source("video.mp4");
        var attempt = () => EncodeAsync(cache, source, "died", ResumableJob.Where("*' -i '*", "ffmpeg \"$@\"; exit 137"));
        await attempt.Should().ThrowAsync<FfmpegException>();
        Parts(cache).Should().HaveCount(5);

        var resumed = await EncodeAsync(cache, source, "resumed");

        _job.ShouldHaveGoneOn("seeking");
        resumed.Outcome.Should().Be(CacheOutcome.Miss);
        Parts(cache).Should().BeEmpty();
        cache.Log.Of(100).Last().Should().Contain("went on from 5 parts");
        (await EncodeAsync(cache, source, "again")).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Theory]
    [InlineData("video.mp4")]
    [InlineData("video.mkv")]
    public async Task Run_for_several_profiles_that_dies_leaves_segments_of_each_and_each_goes_on_by_itself(string name)
    {
        await using var cache = new TestCache(CheckpointedJob.On, new FfprobeSourceProbe());
        var source = _job.Source(name);
        using var stage = Stage(ResumableJob.Where("*.run1/*", "ffmpeg \"$@\"; exit 137"));

        var made = await new CachingProfileEncoder(stage, cache.Manager).EncodeTogetherAsync([.. s_ladder.Select(profile => Request(source, profile, "made " + profile.Name))]);

        await cache.Manager.FlushAsync();
        _job.Log.Lines.Where(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Should().HaveCount(2, string.Join('\n', _job.Log.Lines));
        _job.Log.Lines.Should().NotContain(static line => line.StartsWith("2209 ", StringComparison.Ordinal) || line.StartsWith("2210 ", StringComparison.Ordinal));
        foreach (var (profile, one) in s_ladder.Zip(made))
            ResumableJob.ShouldBeTheSame(one, await _job.EncodeWholeAsync(source, profile, output: "whole " + profile.Name));
        Parts(cache).Should().BeEmpty();
    }

    [Fact]
    public async Task Profile_of_which_there_are_parts_is_left_out_of_a_run_for_several()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 3);
        using var stage = Stage();

        var made = await stage.EncodeTogetherAsync(
            [Request(source, s_ladder[0], "a") with { Checkpoint = _job.Kept }, Request(source, s_ladder[1], "b"), Request(source, new("60p") { Resolution = "96x60", Preset = "ultrafast" }, "c")]);

        made.Select(static one => one.Name).Should().Equal("72p", "60p");
    }

    [Theory]
    [InlineData(12, "25", 2)]
    [InlineData(20, "24000/1001", 3)]
    public async Task Profile_of_which_there_is_little_is_made_in_a_run_for_several(double seconds, string rate, int left)
    {
        _job.Seconds = seconds;
        var source = _job.Source("video.mp4", rate);
        await _job.DieAsync(source, left);
        using var stage = Stage();

        var made = await stage.EncodeTogetherAsync([Request(source, s_ladder[0], "a") with { Checkpoint = _job.Kept }, Request(source, s_ladder[1], "b")]);

        made.Select(static one => one.Name).Should().Equal("90p", "72p");
        _job.Kept.Forgotten.Should().Equal(TimeSpan.Zero);
    }

    [Fact]
    public async Task Success_waits_for_no_segment_to_be_kept()
    {
        var source = _job.Source("video.mp4");
        _job.Kept.BeforeRecord = static end => Task.Delay(Timeout.Infinite, end);

        var encoded = await _job.EncodeAsync(source, "encoded").Guarded();

        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Segment_that_cannot_be_kept_fails_no_encode()
    {
        var source = _job.Source("video.mp4");
        _job.Kept.BeforeRecord = static _ => throw new InvalidOperationException("a defect");

        var encoded = await _job.EncodeAsync(source, "encoded", instead: "ffmpeg \"$@\"; code=$?; sleep 1; exit $code");

        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Segments_are_told_of_with_what_was_counted_after_they_were_finished()
    {
        Directory.CreateDirectory(_job["segments"]);
        string PathOf(int segment) => Path.Combine(_job["segments"], $"{segment}.ts");
        var told = new List<(int Segment, long Doubled)>();
        using var watch = new SegmentWatch(PathOf, (path, counts, _) =>
        {
            told.Add((int.Parse(Path.GetFileNameWithoutExtension(path)), counts.Doubled));
            return Task.CompletedTask;
        }, CancellationToken.None);

        await watch.RunAsync(
            _ =>
            {
                File.WriteAllText(PathOf(0), "");
                for (var report = 1; report < 5; report++)
                {
                    File.WriteAllText(PathOf(report), "");
                    watch.Look(new PictureCounts(report, 0, 0), isLast: report == 4);
                }

                return Task.FromResult(1);
            },
            looksAfterSuccess: false);

        told.Select(static one => one.Segment).Should().Equal(0, 1, 2, 3);
        told.Should().OnlyContain(static one => one.Doubled >= Math.Min(4, one.Segment + 2), "the report that finds a segment finished may be older than its last picture");
    }

    /// <summary>How often ffmpeg read from and wrote to files of the job. What it writes to its standard streams depends on the time.</summary>
    private Dictionary<string, int> TakeCalls()
    {
        var file = Directory.GetFiles(Path.GetDirectoryName(_job["calls"])!, "calls.*").Should().ContainSingle().Which;
        var lines = File.ReadLines(file).Where(line => line.Contains($"<{Path.GetDirectoryName(_job["calls"])}/", StringComparison.Ordinal)).ToList();
        File.Delete(file);
        return lines.GroupBy(static line => line.Contains("read", StringComparison.Ordinal) ? "reads" : "writes").ToDictionary(static group => group.Key, static group => group.Count());
    }

    private static string[] Parts(TestCache cache) => Directory.Exists(Path.Combine(cache.Settings.ProfilesDirectory, "partials"))
        ? Directory.GetFiles(Path.Combine(cache.Settings.ProfilesDirectory, "partials"), "*.part", SearchOption.AllDirectories)
        : [];

    private async Task<EncodedProfile> EncodeAsync(TestCache cache, string source, string output, string? instead = null)
    {
        using var stage = Stage(instead);
        try
        {
            return await new CachingProfileEncoder(stage, cache.Manager).EncodeAsync(Request(source, ResumableJob.Profile, output));
        }
        finally
        {
            await cache.Manager.FlushAsync();
        }
    }

    private FfmpegProfileEncoder Stage(string? instead = null) => new(
        new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2), FfmpegPath = _job.Wrapper(instead).Path }, new FfprobeSourceProbe(), logger: _job.Log);

    private EncodeRequest Request(string source, EncodingProfile profile, string output) => new(new DownloadedVideo(source, new FileInfo(source).Length), profile, _job[output]);
}
