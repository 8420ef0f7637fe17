using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

[Collection(TinyMediaCollection.Name)]
public sealed class FfmpegEncodeTests(TinyMedia media) : IDisposable
{
    private static readonly EncodingProfile s_profile = new("120p") { Resolution = "160x120", Preset = "ultrafast" };

    private readonly ScratchDirectory _scratch = new();
    private readonly FfprobeSourceProbe _probe = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Encode_makes_a_closed_playlist_of_full_duration_and_nothing_else()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { SegmentDuration = TimeSpan.FromSeconds(2) }, _probe);
        var progress = new ProgressList();

        var result = await encoder.EncodeAsync(Request(media.WithAudio), progress);

        _scratch.Entries("out").Should().Equal("120p.m3u8", "120p_00000.ts", "120p_00001.ts");
        result.Should().BeEquivalentTo(new { Name = "120p", Directory = _scratch["out"], Playlist = "120p.m3u8", ActualEncoder = "libx264", Outcome = CacheOutcome.Bypass });
        result.Duration.Should().BeCloseTo(TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(50));
        result.Properties.Should().Contain(MediaFacts.Width, "160").And.Contain(MediaFacts.Height, "120")
            .And.Contain(MediaFacts.VideoCodec, "h264").And.Contain(MediaFacts.AudioCodec, "aac");
        int.Parse(result.Properties["bandwidth"]).Should().BeGreaterThanOrEqualTo(int.Parse(result.Properties["bandwidth.average"])).And.BePositive();
        progress.Reports[^1].Should().BeEquivalentTo(new { Phase = "encode", Fraction = 1.0 });
        var facts = await _probe.ProbeAsync(_scratch["out/120p_00000.ts"]);
        facts.Should().Contain(MediaFacts.Width, "160");
    }

    [Fact]
    public async Task Source_without_audio_is_encoded()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var result = await encoder.EncodeAsync(Request(media.Silent, s_profile with { Resolution = null }));

        result.Properties.Should().NotContainKey(MediaFacts.AudioCodec).And.Contain(MediaFacts.Width, "162").And.Contain(MediaFacts.Height, "122");
    }

    [Fact]
    public async Task Sound_that_is_longer_than_the_pictures_is_no_fault()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var result = await encoder.EncodeAsync(Request(media.LongAudio));

        result.Duration.Should().BeCloseTo(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Part_of_the_source_is_expected_to_last_as_long_as_the_part()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { MaxDuration = TimeSpan.FromSeconds(1) }, _probe);

        var result = await encoder.EncodeAsync(Request(media.WithAudio));

        result.Duration.Should().BeCloseTo(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Default_arguments_repeat_byte_for_byte()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);
        foreach (var bitrate in (string?[])[null, "200k"])
        {
            var profile = s_profile with { VideoBitrate = bitrate };
            await encoder.EncodeAsync(Request(media.WithAudio, profile));
            var first = Contents();
            await encoder.EncodeAsync(Request(media.WithAudio, profile));

            Contents().Should().BeEquivalentTo(first);
        }
    }

    [Fact]
    public async Task New_encode_replaces_the_old_files_of_its_profile_and_no_others()
    {
        Directory.CreateDirectory(_scratch["out/.120p.0123456789abcdef0123456789abcdef.run"]);
        string[] old = ["120p.m3u8", "120p_00000.ts", "120p_00099.ts", ".120p.0123456789abcdef0123456789abcdef.run/120p_00000.ts"];
        string[] others = ["480p.m3u8", "480p_00000.ts", "120p_poster.ts", "120p_1.ts", "master.m3u8"];
        foreach (var file in old.Concat(others))
            await File.WriteAllTextAsync(_scratch["out/" + file], "old");
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        await encoder.EncodeAsync(Request(media.Silent));

        _scratch.Entries("out").Should().BeEquivalentTo(["120p.m3u8", "120p_00000.ts", .. others]);
        (await File.ReadAllTextAsync(_scratch["out/120p.m3u8"])).Should().Contain("#EXT-X-ENDLIST");
    }

    [Theory]
    [InlineData("../../evil", "_.._evil")]
    [InlineData("50% off %d", "50__off__d")]
    public async Task Profile_name_never_becomes_a_path_or_a_pattern(string name, string stem)
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var result = await encoder.EncodeAsync(Request(media.Silent, s_profile with { Name = name }, "o%ut %05d"));

        result.Name.Should().Be(name);
        _scratch.Entries("o%ut %05d").Should().BeEquivalentTo([result.Playlist, Path.GetFileNameWithoutExtension(result.Playlist) + "_00000.ts"]);
        result.Playlist.Should().Be(stem + ".m3u8");
    }

    [Fact]
    public async Task Unavailable_first_encoder_falls_back_and_the_result_says_so()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { VideoEncoders = [new("h264_nosuch"), new("libx264")] }, _probe);

        var result = await encoder.EncodeAsync(Request(media.WithAudio));

        result.ActualEncoder.Should().Be("libx264");
        _scratch.Entries("out").Should().Equal("120p.m3u8", "120p_00000.ts");
    }

    [Fact]
    public async Task Recipe_that_was_described_is_what_runs()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { FfmpegPath = wrapper.Path }, _probe);
        var recipe = await encoder.DescribeAsync(new SourceMedia { ContentHash = new string('0', 64), Length = 1 }, s_profile);

        await encoder.EncodeAsync(Request(media.WithAudio) with { Recipe = recipe });

        var expected = string.Join(' ', recipe.Arguments).Replace("{source}", media.WithAudio).Replace("{output}", ".");
        wrapper.Starts[^1].Should().EndWith(expected);
    }

    [Fact]
    public async Task Auxiliary_input_is_passed_and_counts_by_its_content()
    {
        var logo = _scratch["logo.mp4"];
        File.Copy(media.Silent, logo);
        using var encoder = new FfmpegProfileEncoder(
            new FfmpegOptions
            {
                AuxiliaryInputs = { ["sound"] = logo },
                ExtraInputArguments = ["-i", "{aux:sound}"],
                Maps = ["1:v:0"],
            },
            _probe);
        var source = new SourceMedia { ContentHash = new string('0', 64), Length = 1 };

        var first = await encoder.DescribeAsync(source, s_profile);
        var result = await encoder.EncodeAsync(Request(media.Silent));
        File.Copy(media.WithAudio, logo, overwrite: true);
        var second = await encoder.DescribeAsync(source, s_profile);

        result.Duration.Should().BeCloseTo(TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(100));
        first.Arguments.Should().Equal(second.Arguments);
        first.AuxiliaryInputs["sound"].Should().HaveLength(64).And.NotBe(second.AuxiliaryInputs["sound"]);
    }

    [Fact]
    public async Task Auxiliary_input_of_any_path_can_stand_in_a_filter()
    {
        var logo = _scratch["it's a \"logo\", [100%]:1.mp4"];
        File.Copy(media.Silent, logo);
        using var encoder = new FfmpegProfileEncoder(
            new FfmpegOptions { AuxiliaryInputs = { ["logo"] = logo }, VideoFilter = "movie={aux:logo},scale=32:32[logo];[in][logo]overlay[out]" }, _probe);

        await encoder.EncodeAsync(Request(media.Silent));

        _scratch.Entries("out").Should().Equal("120p.m3u8", "120p_00000.ts");
    }

    [Fact]
    public async Task Encode_is_described_with_FFMpegCore()
    {
        using var encoder = new FfmpegProfileEncoder(
            new FfmpegOptions
            {
                Input = (input, _, _) => input.WithDuration(TimeSpan.FromSeconds(2)),
                Output = (output, _, _) => output.WithVideoCodec("mpeg2video").WithVideoFilters(filters => filters.Scale(64, 48)).DisableAudio(),
                ExpectedDuration = (_, _) => TimeSpan.FromSeconds(2),
            },
            _probe);

        var result = await encoder.EncodeAsync(Request(media.WithAudio));

        result.ActualEncoder.Should().Be("mpeg2video");
        result.Duration.Should().BeCloseTo(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100));
        result.Properties.Should().Contain(MediaFacts.Width, "64").And.NotContainKey(MediaFacts.AudioCodec);
        _scratch.Entries("out").Should().Equal("120p.m3u8", "120p_00000.ts");
    }

    private Dictionary<string, string> Contents() =>
        _scratch.Entries("out").ToDictionary(name => name, name => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_scratch["out/" + name]))));

    private EncodeRequest Request(string source, EncodingProfile? profile = null, string output = "out") =>
        new(new DownloadedVideo(source, new FileInfo(source).Length), profile ?? s_profile, _scratch[output]);
}
