using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>How long a video is, where that comes from, and what follows where an encode lasts another time.</summary>
[Trait("Found", "M17")]
public sealed class DurationTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string, double, double> Videos => new()
    {
        // file, where its duration comes from, that duration, what an encode of it lasts
        { "sound is longer.mp4", MediaFacts.FromStream, 12, 12 },
        { "sound is longer.avi", MediaFacts.FromStream, 12, 12 },
        { "sound is longer.mkv", MediaFacts.FromTag, 12, 12 },
        { "sound is longer.webm", MediaFacts.FromTag, 12, 12 },
        { "sound is longer, piped.mkv", MediaFacts.FromPackets, 12, 12 },
        { "sound is longer, piped.webm", MediaFacts.FromPackets, 12, 12 },
        { "sound is longer.flv", MediaFacts.FromPackets, 12, 12 },
        { "sound is longer.wmv", MediaFacts.FromPackets, 12, 12 },
        { "tag of another file.mkv", MediaFacts.FromPackets, 4, 4 },
        { "nothing told.webm", MediaFacts.FromPackets, 12, 12 },
        { "nothing told.flv", MediaFacts.FromPackets, 12, 12 },
        { "joined.ts", MediaFacts.FromTimestamps, 14, 24 },
        { "joined.mpg", MediaFacts.FromTimestamps, 6, 9 },
        { "cut out of another.mp4", MediaFacts.FromStream, 8.7, 8.7 },
    };

    [Theory]
    [MemberData(nameof(Videos))]
    public async Task Profile_of_a_job_of_five_attempts_is_encoded_once(string name, string from, double told, double lasts)
    {
        var video = Video(name);
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        using var stage = FfmpegJob.Stage();
        var job = new FfmpegJob(cache, _ => video, stage);

        var results = await job.TryFiveTimesAsync();

        var facts = await new FfprobeSourceProbe().ProbeAsync(video);
        facts.Should().Contain(MediaFacts.DurationSource, from);
        new SourceMedia { ContentHash = "", Length = 0, Facts = facts }.Duration!.Value.TotalSeconds.Should().BeApproximately(told, 0.1);
        results.Should().OnlyContain(result => Math.Abs(result.Duration!.Value.TotalSeconds - lasts) < 0.2);
        (job.Downloader.Calls, job.Encodes).Should().Be((1, 1), cache.Log.ToString());
    }

    [Theory]
    [InlineData("cut.mkv")]
    [InlineData("cut.webm")]
    [InlineData("cut.flv")]
    [InlineData("cut.mp4")]
    [InlineData("cut, with a tag.mkv")]
    public async Task Cut_file_is_noticed_and_the_next_attempt_gets_the_whole_one(string name)
    {
        var (whole, cut) = (_scratch["whole" + Path.GetExtension(name)], _scratch[name]);
        string[] both = [.. MediaTool.Pictures(12), .. MediaTool.Sound(12)];
        switch (name)
        {
            case "cut.mkv": MediaTool.MakePiped(whole, "matroska", "-i", MediaTool.Make(_scratch["made.mkv"], [.. both, .. MediaTool.X264]), "-c", "copy"); break;
            case "cut.webm": MediaTool.MakePiped(whole, "webm", "-i", MediaTool.Make(_scratch["made.webm"], [.. both, .. MediaTool.Vp8]), "-c", "copy"); break;
            case "cut.mp4": MediaTool.Make(whole, [.. both, .. MediaTool.X264, "-movflags", "+faststart"]); break;
            default: MediaTool.Make(whole, [.. both, .. MediaTool.X264]); break;
        }

        var bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length * 6 / 10)]);
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        using var stage = FfmpegJob.Stage();
        var attempts = 0;
        var job = new FfmpegJob(cache, _ => attempts++ == 0 ? cut : whole, stage);

        await job.Awaiting(it => it.TryAsync()).Should().ThrowAsync<FfmpegException>().WithMessage("*not whole*12.0 s were expected*");
        var recovered = await job.TryAsync();
        var retried = await job.TryAsync();

        recovered.Duration!.Value.TotalSeconds.Should().BeApproximately(12, 0.2);
        (recovered.Outcome, retried.Outcome, job.Encodes).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit, 2));
    }

    [Fact]
    public async Task Master_playlist_lasts_as_long_as_its_variants_and_not_as_a_longer_sound_beside_them()
    {
        var video = MediaTool.Make(_scratch["video.mp4"], [.. MediaTool.Pictures(12), .. MediaTool.Sound(20), .. MediaTool.X264, "-g", "50"]);
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => video, new MasterEncoder("%v.m3u8", "index.m3u8"));

        var results = await job.TryFiveTimesAsync();

        results.Should().OnlyContain(result => Math.Abs(result.Duration!.Value.TotalSeconds - 12) < 0.2);
        job.Encodes.Should().Be(1, cache.Log.ToString());
        results[^1].Outcome.Should().Be(CacheOutcome.Hit);
        TestJob.Tree(results[^1].Directory).Keys.Should().BeEquivalentTo(TestJob.Tree(results[0].Directory).Keys);
    }

    [Fact]
    public async Task Master_playlist_with_a_variant_that_is_short_is_not_stored()
    {
        var video = MediaTool.Make(_scratch["video.mp4"], [.. MediaTool.Pictures(12), .. MediaTool.X264, "-g", "50"]);
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => video, new ScriptedEncoder([], static directory =>
        {
            var whole = File.ReadAllLines(Path.Combine(directory, "index.m3u8"));
            File.WriteAllLines(Path.Combine(directory, "whole.m3u8"), whole);
            File.WriteAllLines(Path.Combine(directory, "short.m3u8"), [.. whole[..^5], "#EXT-X-ENDLIST"]);
            File.WriteAllText(Path.Combine(directory, "index.m3u8"), "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2\nwhole.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nshort.m3u8\n");
        }));

        await job.TryAsync();

        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(201).Should().ContainSingle().Which.Should().Contain("12.0 s were expected");
    }

    [Theory]
    [InlineData("nothing told.webm", null)]
    [InlineData("sound is longer.flv", MediaFacts.FromContainer)]
    public async Task Measuring_that_takes_longer_than_10_seconds_is_given_up_and_is_no_error(string name, string? from)
    {
        var video = Video(name);
        var time = new DrivenTime();
        var wrapper = _scratch["ffprobe"];
        ShellScript.Write(wrapper, $"#!/bin/sh\ncase \"$*\" in *stream_index*) echo started > '{_scratch["started"]}'; exec sleep 600;; esac\nexec ffprobe \"$@\"\n");
        var probe = new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = wrapper }, time).ProbeAsync(video).AsTask();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(_scratch["started"]))
            await Task.Delay(10, patience.Token);

        time.Advance(TimeSpan.FromSeconds(10));
        var facts = await probe.Guarded();

        facts.GetValueOrDefault(MediaFacts.DurationSource).Should().Be(from);
        facts.ContainsKey(MediaFacts.Duration).Should().Be(from is not null);
        facts.Should().Contain(MediaFacts.Width, "160");
    }

    [Fact]
    public async Task Encode_that_a_bound_or_an_estimate_does_not_fit_is_said_by_the_stage_and_does_not_fail()
    {
        var video = Video("joined.ts");
        var log = new ListLogger();
        using var encoder = new FfmpegProfileEncoder(null, new FfprobeSourceProbe(), null, log);

        var result = await encoder.EncodeAsync(new EncodeRequest(new DownloadedVideo(video, 1), new EncodingProfile("120p"), _scratch["out"]));

        result.Duration!.Value.TotalSeconds.Should().BeApproximately(24, 0.2);
        log.Of(2203).Should().ContainSingle().Which.Should().Contain("24.0 s").And.Contain("14.0 s").And.Contain("duration.source=timestamps");
    }

    [Theory]
    [InlineData(MediaFacts.FromStream, 16, false, false)]
    [InlineData(MediaFacts.FromStream, 4, false, true)]
    [InlineData(MediaFacts.FromTag, 4, false, true)]
    [InlineData(MediaFacts.FromPackets, 4, false, true)]
    [InlineData(null, 16, false, false)]
    [InlineData(null, 4, false, true)]
    [InlineData(MediaFacts.FromContainer, 16, true, false)]
    [InlineData(MediaFacts.FromContainer, 4, false, false)]
    [InlineData(MediaFacts.FromTimestamps, 16, true, false)]
    [InlineData(MediaFacts.FromTimestamps, 4, false, false)]
    public async Task Each_source_of_a_duration_decides_what_it_can(string? from, double lasts, bool isStored, bool isSuspected)
    {
        await using var cache = new TestCache(probe: new FixedProbe(8, from));
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)), new FakeEncoder { Duration = TimeSpan.FromSeconds(lasts), ExpectedDuration = null });

        await job.EncodeAsync(await job.DownloadAsync());

        cache.Entries("profiles").Should().HaveCount(isStored ? 1 : 0);
        cache.Entries("sources").Should().HaveCount(isSuspected ? 0 : 1);
    }

    [Theory]
    [Trait("Found", "S6-tolerance")]
    [InlineData(3600, 3592, true)]
    [InlineData(3600, 3590, false)]
    [InlineData(3600, 3608, true)]
    [InlineData(3600, 3610, false)]
    [InlineData(8, 7.1, true)]
    [InlineData(8, 6.9, false)]
    public async Task Tolerance_is_a_second_and_two_thousandths(double expected, double lasts, bool isStored)
    {
        await using var cache = new TestCache(probe: new FixedProbe(expected, MediaFacts.FromStream));
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { Duration = TimeSpan.FromSeconds(lasts), ExpectedDuration = null });

        await job.EncodeAsync(await TestJob.SourceAsync(cache));

        cache.Entries("profiles").Should().HaveCount(isStored ? 1 : 0);
    }

    /// <summary>Twenty minutes at a picture a second: the stage and the cache let pass 3.4 s.</summary>
    [Theory]
    [Trait("Found", "S6-tolerance")]
    [InlineData(2, true)]
    [InlineData(6, false)]
    public async Task Long_video_of_a_low_rate_may_lose_little_and_no_more(int lost, bool passes)
    {
        var video = MediaTool.Make(_scratch["slow.mp4"], [.. MediaTool.Pictures(1200, "64x48", "1"), "-c:v", "mpeg4", "-g", "1"]);
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var duration = FormattableString.Invariant($"{1200 - lost}");
        using var stage = FfmpegJob.Stage(new FfmpegOptions { ExtraOutputArguments = ["-t", duration], VideoEncoders = [new("mpeg4")] });
        var job = new FfmpegJob(cache, _ => video, stage);

        if (passes)
            await job.TryAsync();
        else
            await job.Awaiting(it => it.TryAsync()).Should().ThrowAsync<FfmpegException>().WithMessage("*1194.0 s, 1200.0 s were expected*");

        cache.Entries("profiles").Should().HaveCount(passes ? 1 : 0);
    }

    private string Video(string name)
    {
        var path = _scratch[name];
        string[] both = [.. MediaTool.Pictures(12), .. MediaTool.Sound(20)];
        return name switch
        {
            "sound is longer.wmv" => MediaTool.Make(path, [.. both, "-c:v", "wmv2", "-c:a", "wmav2"]),
            "sound is longer.webm" => MediaTool.Make(path, [.. both, .. MediaTool.Vp8]),
            "sound is longer, piped.mkv" => MediaTool.MakePiped(path, "matroska", "-i", MediaTool.Make(_scratch["made.mkv"], [.. both, .. MediaTool.X264]), "-c", "copy"),
            "sound is longer, piped.webm" => MediaTool.MakePiped(path, "webm", "-i", MediaTool.Make(_scratch["made.webm"], [.. both, .. MediaTool.Vp8]), "-c", "copy"),
            "nothing told.webm" => MediaTool.Make(path, [.. both, .. MediaTool.Vp8, "-live", "1"]),
            "nothing told.flv" => MediaTool.Make(path, [.. both, .. MediaTool.X264, "-flvflags", "no_duration_filesize"]),
            "tag of another file.mkv" => MediaTool.MakePiped(path, "matroska", [.. MediaTool.Pictures(4), .. MediaTool.X264, "-metadata:s:v", "DURATION-eng=00:20:00.000000000"]),
            "joined.ts" => Joined(path, [.. MediaTool.Pictures(10), .. MediaTool.X264], [.. MediaTool.Pictures(14), .. MediaTool.X264]),
            "joined.mpg" => Joined(path, [.. MediaTool.Pictures(3), "-c:v", "mpeg2video"], [.. MediaTool.Pictures(6), "-c:v", "mpeg2video"]),
            "cut out of another.mp4" => MediaTool.Make(path, "-ss", "3.3", "-i", MediaTool.Make(_scratch["made.mp4"], [.. MediaTool.Pictures(12), .. MediaTool.X264]), "-c", "copy"),
            _ => MediaTool.Make(path, [.. both, .. MediaTool.X264]),
        };
    }

    private string Joined(string path, params string[][] parts)
    {
        using var joined = File.Create(path);
        foreach (var part in parts)
        {
            using var file = File.OpenRead(MediaTool.Make(_scratch["part" + Path.GetExtension(path)], part));
            file.CopyTo(joined);
        }

        return path;
    }

    private sealed class FixedProbe(double seconds, string? from) : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default)
        {
            var facts = new Dictionary<string, string> { [MediaFacts.Duration] = FormattableString.Invariant($"{seconds}") };
            if (from is not null)
                facts[MediaFacts.DurationSource] = from;
            return ValueTask.FromResult<IReadOnlyDictionary<string, string>>(facts);
        }
    }

    /// <summary>A worker's encoder that makes a variant, a sound beside it, and a master playlist, and returns that.</summary>
    private sealed class MasterEncoder(string each, string master) : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new EncodeRecipe { Arguments = [each, master], EncoderVersion = "scripted" });

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Directory.CreateDirectory(request.OutputDirectory);
            MediaTool.Run("ffmpeg", request.OutputDirectory,
            [
                "-v", "error", "-nostdin", "-i", request.Source.Path, "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod",
                "-var_stream_map", "v:0,agroup:sound a:0,agroup:sound", "-hls_segment_filename", "%v_%03d.ts", "-master_pl_name", master, each,
            ]);
            return Task.FromResult(new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = master });
        }
    }
}
