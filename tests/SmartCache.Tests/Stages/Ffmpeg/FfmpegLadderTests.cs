using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Several profiles by one ffmpeg.</summary>
[Collection(TinyMediaCollection.Name)]
public sealed class FfmpegLadderTests(TinyMedia media) : IDisposable
{
    private static readonly EncodingProfile[] s_profiles =
    [
        new("120p") { Resolution = "160x120", VideoBitrate = "200k" },
        new("60p") { Resolution = "80x60", VideoBitrate = "60k", AudioBitrate = "64k" },
        new("as it is") { Preset = "ultrafast", Parameters = new Dictionary<string, string> { ["ac"] = "1", ["r"] = "12" } },
    ];

    private readonly ScratchDirectory _scratch = new();
    private readonly LogList _log = new();

    public static TheoryData<string, Action<FfmpegOptions>> Alone => new()
    {
        { "one at a time", options => options.ProfilesPerRun = 1 },
        { "an encoder whose bytes nobody compared", options => options.VideoEncoders = [new("mpeg4")] },
        { "pictures as they are", options => options.VideoEncoders = [new("copy")] },
        { "a first pass", options => options.ExtraOutputArguments = ["-pass", "1"] },
        { "an option of the whole program", options => options.ExtraOutputArguments = ["-copyts"] },
        { "a file that all would write", options => options.VideoFilter = "scale=80:60,metadata=print:file=frames.txt" },
        { "statistics in a file", options => options.ExtraOutputArguments = ["-x264-params", "pass=1:stats=x.log"] },
        { "a further input", options => options.ExtraInputArguments = ["-f", "lavfi", "-i", "anullsrc"] },
        { "another input for each", options => options.Input = (input, _, profile) => input.WithStartTime(TimeSpan.FromSeconds(profile.Name.Length)) },
        { "a key", options => options.ExtraOutputArguments = ["-hls_key_info_file", "key.info"] },
    };

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("with audio", "libx264")]
    [InlineData("silent", "libx264")]
    [InlineData("with audio", "libx265")]
    public async Task Bytes_and_results_are_those_of_single_runs(string source, string codec)
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = Encoder(wrapper, options =>
        {
            options.VideoEncoders = [new(codec)];
            // With several threads x264 makes other bytes of the same pictures now and then, also in two single runs (seen: 35 results of 40 runs with a buffer, 2 without).
            options.Threads = 1;
        });
        var path = source == "silent" ? media.Silent : media.WithAudio;
        var (told, found, progress) = (new List<EncodedProfile>(), new List<string>(), new ProgressList());
        EncodeRequest[] requests = [.. s_profiles.Select(profile => Request(path, profile, "together"))];

        var together = await encoder.EncodeTogetherAsync(
            requests,
            (request, encoded) =>
            {
                request.Should().BeSameAs(requests[told.Count]);
                told.Add(encoded);
                found.AddRange(Directory.GetFileSystemEntries(request.OutputDirectory, "*", SearchOption.TopDirectoryOnly).Select(static path => Path.GetFileName(path)));
                return Task.CompletedTask;
            },
            progress);

        Runs(wrapper).Should().ContainSingle("{0}", string.Join('\n', _log.Lines));
        told.Should().Equal(together);
        found.Should().HaveCountGreaterThan(6, "who is told finds the files of the profile").And.NotContain(static name => name.StartsWith('.'));
        progress.Reports[^1].Should().BeEquivalentTo(new { Phase = "encode", Fraction = 1.0 });
        foreach (var (profile, one) in s_profiles.Zip(together))
        {
            var single = await encoder.EncodeAsync(Request(path, profile, "single"));
            one.Should().BeEquivalentTo(single with { Directory = one.Directory });
        }

        Contents("together").Should().HaveCountGreaterThan(6).And.BeEquivalentTo(Contents("single"));
        _scratch.Entries("together").Should().Equal(_scratch.Entries("single"));
    }

    [Theory]
    [MemberData(nameof(Alone))]
    public async Task Encode_that_must_run_alone_is_left_out_and_starts_nothing(string what, Action<FfmpegOptions> configure)
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = Encoder(wrapper, configure);
        EncodingProfile[] profiles = what == "pictures as they are" ? [new("one"), new("two")] : s_profiles;

        var made = await encoder.EncodeTogetherAsync([.. profiles.Select(profile => Request(media.WithAudio, profile, "together"))]);

        made.Should().BeEmpty();
        Runs(wrapper).Should().BeEmpty();
    }

    [Fact]
    public async Task Profile_that_must_run_alone_leaves_the_others_together()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = Encoder(wrapper);
        EncodingProfile[] profiles = [.. s_profiles, new("broken") { Resolution = "wide" }, new("other") { Codec = "mpeg4" }];

        var made = await encoder.EncodeTogetherAsync([.. profiles.Select(profile => Request(media.WithAudio, profile, "together")), Request(media.Silent, new("elsewhere"), "together")]);

        made.Select(static one => one.Name).Should().Equal(s_profiles.Select(static profile => profile.Name));
        Runs(wrapper).Should().ContainSingle();
    }

    [Fact]
    public async Task More_profiles_than_a_run_may_make_are_made_in_runs_of_about_the_same_size()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = Encoder(wrapper, options => options.ProfilesPerRun = 3);
        EncodingProfile[] profiles = [.. s_profiles, new("40p") { Resolution = "40x40" }];

        var made = await encoder.EncodeTogetherAsync([.. profiles.Select(profile => Request(media.WithAudio, profile, "together"))]);

        made.Should().HaveCount(4);
        Runs(wrapper).Select(static run => run.Split(".m3u8").Length - 1).Should().Equal(2, 2);
    }

    [Theory]
    [InlineData("child")]
    [InlineData("wrapper")]
    public async Task Killed_run_leaves_all_out_and_nothing_behind(string target)
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1);
        using var encoder = Encoder(wrapper);
        var done = 0;
        var progress = new ProgressList
        {
            OnReport = report =>
            {
                if (report.Fraction > 0.01 && Interlocked.Exchange(ref done, 1) == 0)
                    FfmpegWrapper.Signal(target == "child" ? wrapper.FfmpegPid : wrapper.WrapperPid, "KILL");
            },
        };

        var made = await encoder.EncodeTogetherAsync([.. s_profiles.Select(profile => Request(media.Slow, profile, "together"))], null, progress);

        made.Should().BeEmpty();
        _scratch.Entries("together").Should().BeEmpty();
        _log.Lines.Should().ContainSingle(static line => line.StartsWith("2206 ", StringComparison.Ordinal)).Which.Should().Contain("ended from outside");
    }

    [Fact]
    public async Task Run_that_somebody_ended_fails_and_leaves_nothing()
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1);
        using var encoder = Encoder(wrapper);
        var done = 0;
        var progress = new ProgressList
        {
            OnReport = report =>
            {
                if (report.Fraction > 0.01 && Interlocked.Exchange(ref done, 1) == 0)
                    FfmpegWrapper.Signal(wrapper.FfmpegPid, "TERM");
            },
        };

        var encode = () => encoder.EncodeTogetherAsync([.. s_profiles.Select(profile => Request(media.Slow, profile, "together"))], null, progress);

        (await encode.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _scratch.Entries("together").Should().BeEmpty();
    }

    [Fact]
    public async Task Run_that_a_full_disk_ended_fails_with_the_number_of_that()
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: "(echo '[error] av_interleaved_write_frame(): No space left on device' >&2; exit 1) &");
        using var encoder = Encoder(wrapper);

        var encode = () => encoder.EncodeTogetherAsync([.. s_profiles.Select(profile => Request(media.WithAudio, profile, "together"))]);

        var failure = (await encode.Should().ThrowAsync<FfmpegException>()).Which;
        failure.IsTransient.Should().BeTrue();
        failure.InnerException.Should().BeOfType<IOException>().Which.HResult.Should().Be(28);
    }

    [Fact]
    public async Task Groups_are_those_of_the_runs()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = Encoder(wrapper, options => options.ProfilesPerRun = 2);
        EncodeRequest[] requests = [.. s_profiles.Append(new("40p") { Resolution = "40x40" }).Append(new("other") { Codec = "mpeg4" }).Select(profile => Request(media.WithAudio, profile, "together"))];

        var groups = await encoder.GroupAsync(requests);

        groups.Select(static group => string.Join(", ", group.Select(static request => request.Profile.Name))).Should().Equal("120p, 60p", "as it is, 40p");
        groups.SelectMany(static group => group).Should().OnlyContain(request => requests.Any(one => ReferenceEquals(one, request)));
        Runs(wrapper).Should().BeEmpty();
    }

    [Fact]
    public async Task Cancellation_ends_the_run_and_leaves_nothing()
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1);
        using var encoder = Encoder(wrapper);
        using var cancellation = new CancellationTokenSource();
        var progress = new ProgressList { OnReport = report => { if (report.Fraction > 0.01) cancellation.Cancel(); } };

        var encode = () => encoder.EncodeTogetherAsync([.. s_profiles.Select(profile => Request(media.Slow, profile, "together"))], null, progress, cancellation.Token);

        await encode.Should().ThrowAsync<OperationCanceledException>();
        _scratch.Entries("together").Should().BeEmpty();
    }

    [Theory]
    [InlineData("rm .run1/60p_00000.ts", "missing or empty")]
    [InlineData("truncate -s 7520 .run1/60p_00001.ts", "video frames of")]
    public async Task Profile_that_is_not_whole_is_left_out_and_takes_no_other_with_it(string damage, string why)
    {
        // The tail of the last segment: the counters of what is left fit, and only the number of pictures tells.
        var wrapper = new FfmpegWrapper(_scratch, instead: $"ffmpeg \"$@\"; result=$?; {damage}; (exit $result) &");
        using var encoder = Encoder(wrapper);

        var made = await encoder.EncodeTogetherAsync([.. s_profiles.Select(profile => Request(media.WithAudio, profile, "together"))]);

        made.Select(static one => one.Name).Should().Equal("120p", "as it is");
        _scratch.Entries("together").Should().NotContain(static entry => entry.Contains("60p"));
        _log.Lines.Should().ContainSingle(static line => line.StartsWith("2207 ", StringComparison.Ordinal)).Which.Should().Contain("60p").And.Contain(why);
    }

    [Fact]
    public async Task Job_decodes_its_source_once_and_its_retry_not_at_all()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        await AttemptsAsync(wrapper);

        Runs(wrapper).Should().ContainSingle();
    }

    [Fact]
    public async Task Job_whose_run_is_killed_each_time_has_its_profiles_from_single_runs()
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: "case \"$*\" in *.run1/*) kill -9 $$;; esac\nffmpeg \"$@\" &");
        await AttemptsAsync(wrapper);

        Runs(wrapper).Should().HaveCount(1 + s_profiles.Length, "and the retry finds what they made");
    }

    private async Task AttemptsAsync(FfmpegWrapper wrapper)
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        using var stage = Encoder(wrapper);
        var encoder = new CachingProfileEncoder(stage, cache.Manager);
        foreach (var (attempt, outcome) in new[] { ("first", CacheOutcome.Miss), ("retry", CacheOutcome.Hit) })
        {
            var video = cache.WorkPath(attempt + ".mp4");
            File.Copy(media.WithAudio, video);
            var made = await encoder.EncodeTogetherAsync(
                [.. s_profiles.Select(profile => new EncodeRequest(new DownloadedVideo(video, new FileInfo(video).Length), profile, cache.WorkPath($"{attempt}/{profile.Name}")) { JobId = "job" })]);
            await cache.Manager.FlushAsync();

            made.Select(static one => one.Outcome).Should().AllBeEquivalentTo(outcome, "{0}", cache.Log);
            made.Should().OnlyContain(static one => File.Exists(Path.Combine(one.Directory, one.Playlist)));
        }
    }

    private static IReadOnlyList<string> Runs(FfmpegWrapper wrapper) => [.. wrapper.Starts.Where(static start => start.Contains(" -i ", StringComparison.Ordinal))];

    private FfmpegProfileEncoder Encoder(FfmpegWrapper wrapper, Action<FfmpegOptions>? configure = null)
    {
        var options = new FfmpegOptions { FfmpegPath = wrapper.Path, SegmentDuration = TimeSpan.FromSeconds(2) };
        configure?.Invoke(options);
        return new FfmpegProfileEncoder(options, new FfprobeSourceProbe(), logger: _log);
    }

    private EncodeRequest Request(string source, EncodingProfile profile, string directory) =>
        new(new DownloadedVideo(source, new FileInfo(source).Length) { Media = SharedMedia.Media(source) }, profile, _scratch[$"{directory}/50% of {profile.Name}"]);

    private Dictionary<string, string> Contents(string directory) => TestJob.Tree(_scratch[directory]);
}
