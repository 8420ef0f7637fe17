using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>What cannot be proved right is encoded from the beginning: the result is right, and the log says why.</summary>
public sealed class FfmpegResumeRefusalTests : IDisposable
{
    private readonly ResumableJob _job = new();

    public static TheoryData<string, Action<FfmpegOptions>> NotKept => new()
    {
        { "an encoder that makes no key frames to join at", options => options.VideoEncoders = [new("libx265")] },
        { "another encoder", options => options.VideoEncoders = [new("mpeg4")] },
        { "a filter that may remember", options => options.VideoFilter = "fade=in:0:50,scale=320:180" },
        { "a part of the source", options => options.MaxDuration = TimeSpan.FromSeconds(5) },
        { "all in one file", options => options.ExtraOutputArguments = ["-hls_flags", "single_file"] },
        { "a filter of sound", options => options.ExtraOutputArguments = ["-filter:a", "volume=0.5"] },
        { "another rate", options => options.ExtraOutputArguments = ["-r", "12"] },
        { "the encoder's own parameters", options => options.ExtraOutputArguments = ["-x264-params", "zones=0,99,q=20"] },
        { "a further input", options => options.ExtraInputArguments = ["-f", "lavfi", "-i", "anullsrc"] },
        { "an option of the input", options => options.Input = (input, _, _) => input.WithCustomArgument("-noautorotate") },
        { "two passes", options => options.ExtraOutputArguments = ["-pass", "1"] },
        { "streams of the host's choice", options => options.Maps = ["0:a:0", "0:v:0"] },
        { "any stream of pictures", options => options.Maps = ["0:v"] },
        { "streams by their number", options => options.Maps = ["0:0", "0:a:0"] },
        { "an encoder that is named for one stream", options => options.ExtraOutputArguments = ["-c:v:0", "libx264"] },
        { "key frames that are named for a stream", options => options.ExtraOutputArguments = ["-force_key_frames:v", "0,3,7"] },
        { "key frames without a distance", options => options.ExtraOutputArguments = ["-force_key_frames", "expr:gte(t,n_forced*n)"] },
        { "key frames of the host's choice", options => options.ExtraOutputArguments = ["-force_key_frames", "0,3,7"] },
    };

    public void Dispose() => _job.Dispose();

    [Theory]
    [MemberData(nameof(NotKept))]
    public async Task Encode_that_could_not_be_gone_on_with_runs_as_ever_and_keeps_nothing(string what, Action<FfmpegOptions> configure)
    {
        var source = _job.Make("video.mp4", [.. MediaTool.Pictures(1), .. MediaTool.Sound(1), .. MediaTool.X264]);
        var wrapper = _job.Wrapper("exit 1");
        void Configure(FfmpegOptions options)
        {
            configure(options);
            options.FfmpegPath = wrapper.Path;
            options.ExpectedDuration = static (_, _) => null;
        }

        // Commands tell it, and no encode is needed.
        var kept = () => _job.EncodeAsync(source, what, configure: Configure);
        var plain = () => _job.EncodeWholeAsync(source, configure: Configure);
        await kept.Should().ThrowAsync<FfmpegException>();
        await plain.Should().ThrowAsync<FfmpegException>();

        var runs = wrapper.Starts.Where(static start => start.Contains(" -i ")).ToList();
        runs.Should().HaveCount(2).And.NotContain(static run => run.Contains("temp_file"));
        runs[0].Should().Be(runs[1]);
        _job.Kept.Opened.Should().BeEmpty();
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2211 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-vf", "select='not(eq(mod(n,7),3)+eq(mod(n,11),5)+between(n,130,138))'", "-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")]
    [InlineData("-vf", "setpts='PTS+gte(N,160)*1.3/TB'", "-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")]
    public async Task Source_with_an_uneven_rate_is_encoded_from_its_beginning_at_once(params string[] arguments)
    {
        var source = _job.Source("video.mkv", "25", arguments);
        await _job.DieAsync(source, leaves: 5);
        var wrapper = _job.Wrapper();

        var encoded = await _job.EncodeAsync(source, "resumed", configure: options => options.FfmpegPath = wrapper.Path);

        _job.ShouldHaveBegunAnew("2209 ", "doubled or dropped");
        wrapper.Starts.Should().NotContain(static start => start.Contains(" -an "));
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Theory]
    [InlineData("video.mkv", false)]
    [InlineData("video.ts", true)]
    public async Task Hole_behind_the_joint_is_found_out_before_anything_is_encoded_where_times_tell_it(string name, bool isEncoded)
    {
        // With a longer frame of sound the pictures of Matroska begin so late that one is doubled.
        var source = _job.Source(name, "25", ["-vf", "setpts='PTS+gte(N,260)*1.3/TB'", "-vsync", "vfr", "-ar", "44100", .. MediaTool.X264]);
        await _job.DieAsync(source, leaves: 5);
        // As an attempt leaves them that does not come so far.
        _job.Kept.Note("doubled", "0");
        _job.Kept.Note("counts.since", "0");
        var wrapper = _job.Wrapper();

        var encoded = await _job.EncodeAsync(source, "resumed", configure: options => options.FfmpegPath = wrapper.Path);

        _job.ShouldHaveBegunAnew("2209 ", "doubled or dropped");
        wrapper.Starts.Any(static start => start.Contains(" -an ")).Should().Be(isEncoded);
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Wrong_counts_are_found_out_also_in_a_still_whose_pictures_are_all_alike()
    {
        var source = _job.Make("still.mp4", "-f", "lavfi", "-i", "color=c=teal:size=192x108:rate=25:duration=20", "-c:v", "libx264", "-preset", "ultrafast");
        await _job.DieAsync(source, leaves: 4);
        _job.Kept.Note("doubled", "5");

        var encoded = await _job.GoOnAsync(source);

        _job.ShouldHaveBegunAnew("2210 ", "at another time");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Key_frames_that_are_at_other_pictures_than_those_of_the_other_profiles_are_found_out()
    {
        _job.Seconds = 20;
        var source = _job.Source("video.mp4", "24000/1001");
        await _job.DieAsync(source, leaves: 4);
        const string others = "for a do shift; case \"$a\" in expr:*) a=0,6,8.4,10.4,12;; esac; set -- \"$@\" \"$a\"; done; ffmpeg \"$@\"; exit $?";

        var encoded = await _job.EncodeAsync(source, "resumed", instead: ResumableJob.Where("*' -an '*", others));

        _job.ShouldHaveBegunAnew("2210 ", "key frames");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Ffmpeg_of_a_version_with_which_no_joint_was_measured_keeps_nothing()
    {
        var source = _job.Make("video.mp4", [.. MediaTool.Pictures(1), .. MediaTool.Sound(1), .. MediaTool.X264]);
        ShellScript.Write(_job["ffmpeg"], "#!/bin/sh\ncase \"$1\" in -version) echo 'ffmpeg version 7.1';; *) exec ffmpeg \"$@\";; esac\n");

        await _job.EncodeAsync(source, "encoded", configure: options => options.FfmpegPath = _job["ffmpeg"]);

        _job.Kept.Opened.Should().BeEmpty();
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2211 ", StringComparison.Ordinal)).Which.Should().Contain("version");
    }

    [Fact]
    public async Task Hevc_of_few_pictures_a_second_is_encoded_from_its_beginning()
    {
        var source = _job.Source("video.mp4", "12");
        static void Hevc(FfmpegOptions options) => (options.VideoEncoders, options.ExtraOutputArguments) = ([new("libx265")], ["-x265-params", "open-gop=0"]);
        await _job.DieAsync(source, leaves: 4, configure: Hevc);

        var encoded = await _job.GoOnAsync(source, configure: Hevc);

        _job.ShouldHaveBegunAnew("2209 ", "fewer than 143 pictures in 6 s");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source, configure: Hevc));
    }

    [Fact]
    public async Task Two_segments_are_too_few()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 2);

        var encoded = await _job.GoOnAsync(source);

        _job.ShouldHaveBegunAnew("2209 ", "only 2 segments");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }
}
