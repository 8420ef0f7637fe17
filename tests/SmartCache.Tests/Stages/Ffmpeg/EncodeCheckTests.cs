using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A check is applied to what it understands, and what cannot work is said before it is tried.</summary>
[Trait("Found", "M20")]
public sealed class EncodeCheckTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly string _video;

    public EncodeCheckTests() => _video = MediaTool.Make(_scratch["video.mp4"], [.. MediaTool.Pictures(6), .. MediaTool.Sound(6), .. MediaTool.X264, "-g", "50"]);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("-hls_flags", "single_file", "120p.m3u8,120p_00000.ts")]
    [InlineData("-hls_segment_type", "fmp4", "120p.m3u8,120p_00000.m4s,120p_00001.m4s,120p_00002.m4s,120p_init.mp4")]
    [InlineData("-hls_base_url", "https://cdn.example/v/", "120p.m3u8,120p_00000.ts,120p_00001.ts,120p_00002.ts")]
    [InlineData("-hls_key_info_file", "{aux:key}", "120p.m3u8,120p_00000.ts,120p_00001.ts,120p_00002.ts")]
    public async Task Segments_of_another_kind_are_encoded_once_in_five_attempts(string option, string value, string files)
    {
        await File.WriteAllBytesAsync(_scratch["key.bin"], new byte[16]);
        await File.WriteAllTextAsync(_scratch["key"], $"https://keys.example/key\n{_scratch["key.bin"]}\n");
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        using var stage = FfmpegJob.Stage(Options(option, value));
        var job = new FfmpegJob(cache, _ => _video, stage);

        var results = await job.TryFiveTimesAsync();

        (job.Downloader.Calls, job.Encodes).Should().Be((1, 1), cache.Log.ToString());
        TestJob.Tree(results[4].Directory).Keys.Order().Should().Equal(files.Split(','));
        long.Parse(results[4].Properties["bandwidth.average"]).Should().BeLessThan(2 * 8 * new FileInfo(_video).Length / 6, "the bytes of one file count once");
    }

    [Fact]
    public async Task Segments_of_two_profiles_in_one_directory_do_not_share_their_head()
    {
        using var stage = FfmpegJob.Stage(Options("-hls_segment_type", "fmp4"));

        foreach (var name in new[] { "one", "two", "one" })
            await stage.EncodeAsync(new EncodeRequest(new DownloadedVideo(_video, 1), new EncodingProfile(name) { Preset = "ultrafast" }, _scratch["out"]));

        foreach (var name in new[] { "one", "two" })
            MediaTool.CountDecoded(_scratch[$"out/{name}.m3u8"]).Should().Be(150);
    }

    [Fact]
    public async Task Copied_pictures_are_those_of_the_source()
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        using var stage = FfmpegJob.Stage();
        var job = new FfmpegJob(cache, _ => _video, stage);
        var profile = new EncodingProfile("source") { Codec = "copy" };

        var result = await job.TryAsync(profile);
        var again = await job.TryAsync(profile);

        MediaTool.CountPictures(Path.Combine(result.Directory, result.Playlist)).Should().Be(150);
        (again.Outcome, result.ActualEncoder).Should().Be((CacheOutcome.Hit, "copy"));
    }

    [Fact]
    public async Task Copied_pictures_that_are_to_be_scaled_are_refused_by_name()
    {
        using var stage = FfmpegJob.Stage();

        var describe = async () => await stage.DescribeAsync(
            new SourceMedia { ContentHash = "", Length = 0 }, new EncodingProfile("480p") { Codec = "copy", Resolution = "854x480" });

        await describe.Should().ThrowAsync<FfmpegException>().WithMessage("Profile 480p copies the pictures, so that Resolution cannot be applied.");
    }

    [Theory]
    [InlineData("-f", "mp4")]
    [InlineData("-hls_segment_filename", "x_%d.ts")]
    [InlineData("-hls_fmp4_init_filename", "init.mp4")]
    [InlineData("-strftime", "1")]
    [InlineData("-hls_list_size", "5")]
    [InlineData("-hls_flags", "delete_segments")]
    [InlineData("-hls_flags", "independent_segments+omit_endlist")]
    [InlineData("-hls_flags", "+append_list")]
    [InlineData("-var_stream_map", "v:0,a:0")]
    [InlineData("-master_pl_name", "master.m3u8")]
    [InlineData("-c:v", "copy")]
    public void Argument_that_cannot_work_is_refused_by_name_at_the_start(string option, string value)
    {
        var create = () => FfmpegJob.Stage(Options(option, value));

        create.Should().Throw<ArgumentException>().WithMessage($"ExtraOutputArguments must not have {option} {value}: *");
    }

    [Fact]
    public async Task Hole_is_not_blamed_on_a_disk_that_has_space()
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: "(ffmpeg \"$@\" && truncate -s -1880 120p_00000.ts) &");
        using var stage = FfmpegJob.Stage(new FfmpegOptions { FfmpegPath = wrapper.Path, SegmentDuration = TimeSpan.FromSeconds(1), KeyFrameInterval = TimeSpan.FromSeconds(1) });

        var encode = () => stage.EncodeAsync(new EncodeRequest(new DownloadedVideo(_video, 1), new EncodingProfile("120p"), _scratch["out"]));

        (await encode.Should().ThrowAsync<FfmpegException>().WithMessage("*segment 1 has a hole*")).Which.Message.Should().NotContain("disk");
    }

    private FfmpegOptions Options(string option, string value) => new()
    {
        SegmentDuration = TimeSpan.FromSeconds(2),
        ExtraOutputArguments = [option, value],
        AuxiliaryInputs = value == "{aux:key}" ? new Dictionary<string, string> { ["key"] = _scratch["key"] } : [],
    };
}
