using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;
using static SmartCache.Tests.Stages.Ffmpeg.FragmentedEncode;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>As <see cref="FfmpegCheckpointTests"/> and <see cref="FfmpegResumePartTests"/>, of fragmented MP4.</summary>
public sealed class FfmpegFragmentPartTests(FragmentedEncode shared) : IClassFixture<FragmentedEncode>, IDisposable
{
    private static readonly EncodingProfile s_profile = FragmentedEncode.Profile;

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Fact]
    public async Task First_attempt_makes_the_same_bytes_and_keeps_them()
    {
        var made = await _job.EncodeAsync(shared.Source, "made", s_profile, With());

        TestJob.Tree(made.Directory).Should().BeEquivalentTo(TestJob.Tree(shared.Whole.Directory)).And.HaveCount(8);
        _job.Kept.Opened.Should().Equal("ffmpeg-hls/1 libx264 fmp4");
        for (var i = 0; i < 5; i++)
            (await File.ReadAllBytesAsync(shared.Job.Kept.Parts[i].Path)).Should().Equal(await File.ReadAllBytesAsync(Segment(shared.Whole, i)));
    }

    [Fact]
    public async Task Run_for_several_profiles_keeps_segments_of_each()
    {
        var options = new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2), FfmpegPath = _job.Wrapper(ResumableJob.Where("*.run1/*", "ffmpeg \"$@\"; exit 137")).Path };
        With()(options);
        using var stage = new FfmpegProfileEncoder(options, new FfprobeSourceProbe(), logger: _job.Log);
        var other = new KeptParts(_job["other parts"]);
        EncodeRequest Request(EncodingProfile profile, KeptParts kept) =>
            new(new DownloadedVideo(shared.Source, new FileInfo(shared.Source).Length), profile, _job["made " + profile.Name]) { Checkpoint = kept };

        await stage.EncodeTogetherAsync([Request(s_profile, _job.Kept), Request(new("60p") { Resolution = "96x60", Preset = "ultrafast" }, other)]);

        other.Parts.Should().HaveCount(5);
        ShouldBeTheSame(await _job.GoOnAsync(shared.Source, s_profile, With()), shared.Whole);
        _job.ShouldHaveGoneOn("seeking");
    }

    [Theory]
    [InlineData("one picture later", "are others")]
    [InlineData("made with other parameters", "another stream")]
    [InlineData("cut", "hole")]
    [InlineData("another one of the run", "hole")]
    [InlineData("not what its head says", "another stream")]
    [InlineData("made again with other parameters", "other parameters")]
    public async Task Wrong_part_is_found_out(string what, string why)
    {
        _job.Kept.Take(shared.Job.Kept);
        var last = await File.ReadAllBytesAsync(_job.Kept.Parts[4].Path);
        switch (what)
        {
            case "one picture later":
                var later = await _job.EncodeWholeAsync(MediaTool.Make(_job["later.mp4"], "-i", shared.Source, "-vf", "trim=start_frame=1,setpts=PTS-STARTPTS", "-c:v", "libx264", "-preset", "ultrafast"), s_profile, With(), "later");
                for (var i = 2; i < 5; i++)
                    _job.Kept.Plant(i, await File.ReadAllBytesAsync(Segment(later, i)));
                break;
            case "made with other parameters":
                _job.Kept.Plant(4, await File.ReadAllBytesAsync(Segment(await _job.EncodeWholeAsync(shared.Source, s_profile, With("-bf", "2"), "other"), 4)));
                break;
            case "cut":
                _job.Kept.Plant(4, last[..^100]);
                break;
            case "another one of the run":
                _job.Kept.Plant(1, last);
                break;
            case "not what its head says":
                _job.Kept.Note(1, "head", new string('0', 64));
                break;
        }

        const string others = "for a do shift; [ \"$a\" != -preset ] || set -- \"$@\" -refs 3; set -- \"$@\" \"$a\"; done; ffmpeg \"$@\"; exit $?";
        var encoded = await _job.EncodeAsync(
            shared.Source, "resumed", s_profile, With(), instead: what.StartsWith("made again", StringComparison.Ordinal) ? ResumableJob.Where("*' -an '*", others) : null);

        _job.ShouldHaveBegunAnew("2210 ", why);
        TestJob.Tree(encoded.Directory).Should().BeEquivalentTo(TestJob.Tree(shared.Whole.Directory));
    }

    [Fact]
    public async Task Type_of_segments_that_is_named_among_the_parameters_of_a_profile_keeps_nothing()
    {
        var source = MediaTool.Make(_job["video.mp4"], [.. MediaTool.Pictures(1), .. MediaTool.X264]);

        await _job.EncodeAsync(source, "encoded", s_profile with { Parameters = new Dictionary<string, string> { ["hls_segment_type"] = "fmp4" } });

        _job.Kept.Opened.Should().BeEmpty();
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2211 ", StringComparison.Ordinal)).Which.Should().Contain("a file each");
    }
}
