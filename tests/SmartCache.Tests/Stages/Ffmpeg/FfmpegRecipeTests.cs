using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

public sealed class FfmpegRecipeTests : IDisposable
{
    private static readonly EncodingProfile s_profile = new("720p") { Resolution = "1280x720" };
    private static readonly SourceMedia s_source = new() { ContentHash = new string('0', 64), Length = 1, Facts = new Dictionary<string, string> { [MediaFacts.Duration] = "30.5" } };

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, Action<FfmpegOptions>> Options => new()
    {
        { "VideoEncoders", options => options.VideoEncoders = [new("h264_nvenc"), new("libx264")] },
        { "Arguments", options => options.VideoEncoders = [new("libx264") { Arguments = ["-qp", "20"] }] },
        { "Preset", options => options.Preset = "slow" },
        { "Crf", options => options.Crf = 20 },
        { "Threads", options => options.Threads = 1 },
        { "SegmentDuration", options => options.SegmentDuration = TimeSpan.FromSeconds(4) },
        { "KeyFrameInterval", options => options.KeyFrameInterval = TimeSpan.FromSeconds(1) },
        { "GopSize", options => options.GopSize = 48 },
        { "AudioCodec", options => options.AudioCodec = "libmp3lame" },
        { "AudioBitrate", options => options.AudioBitrate = "96k" },
        { "AudioChannels", options => options.AudioChannels = 1 },
        { "AudioSampleRate", options => options.AudioSampleRate = 44100 },
        { "Maps", options => options.Maps = ["0:v:0"] },
        { "MaxDuration", options => options.MaxDuration = TimeSpan.FromSeconds(60) },
        { "VideoFilter", options => options.VideoFilter = "hflip" },
        { "ExtraInputArguments", options => options.ExtraInputArguments = ["-t", "60"] },
        { "ExtraOutputArguments", options => options.ExtraOutputArguments = ["-tune", "film"] },
        { "Output", options => options.Output = (output, _, _) => output.WithVideoCodec("mpeg4") },
        { "Input", options => options.Input = (input, _, _) => input.WithStartTime(TimeSpan.FromSeconds(1)) },
        { "AdditionalVersion", options => options.AdditionalVersion = "driver 1" },
        { "AuxiliaryInputs", options => options.AuxiliaryInputs["hosts"] = "/proc/self/comm" },
    };

    public static TheoryData<EncodingProfile> Profiles => new(
        s_profile with { Name = "other" },
        s_profile with { Resolution = "1280x722" },
        s_profile with { VideoBitrate = "1000k" },
        s_profile with { AudioBitrate = "64k" },
        s_profile with { Codec = "libx265" },
        s_profile with { Preset = "slow" },
        s_profile with { Parameters = new Dictionary<string, string> { ["tune"] = "film" } });

    [Fact]
    public async Task Description_repeats_and_starts_no_encode()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { FfmpegPath = wrapper.Path });

        var first = await encoder.DescribeAsync(s_source, s_profile);
        var second = await encoder.DescribeAsync(s_source, s_profile);

        second.Should().BeEquivalentTo(first, options => options.WithStrictOrdering());
        first.ExpectedDuration.Should().Be(TimeSpan.FromSeconds(30.5));
        first.EncoderVersion.Should().StartWith("ffmpeg version ");
        first.Cacheable.Should().BeTrue();
        first.Arguments.Should().Contain("{source}").And.Contain("{output}/720p.m3u8").And.NotContain(argument => argument.Contains(_scratch.Root));
        wrapper.Starts.Should().Equal(["-version"], "the version is asked once, and nothing else is");
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Every_setting_is_in_the_recipe(string name, Action<FfmpegOptions> change)
    {
        var changed = new FfmpegOptions();
        change(changed);
        using var before = new FfmpegProfileEncoder();
        using var after = new FfmpegProfileEncoder(changed);

        Text(await after.DescribeAsync(s_source, s_profile)).Should().NotBe(Text(await before.DescribeAsync(s_source, s_profile)), name);
    }

    [Fact]
    public void Every_setting_is_tested()
    {
        string[] elsewhere =
        [
            nameof(FfmpegOptions.FfmpegPath), nameof(FfmpegOptions.RateControl), nameof(FfmpegOptions.AcceptFallback), nameof(FfmpegOptions.ExpectedDuration),
            nameof(FfmpegOptions.ProfilesPerRun),
        ];

        typeof(FfmpegOptions).GetProperties().Select(property => property.Name).Except(elsewhere)
            .Should().BeSubsetOf(Options.Select(row => (string)row[0]));
    }

    [Fact]
    public async Task How_many_profiles_one_run_makes_is_not_in_the_recipe()
    {
        using var one = new FfmpegProfileEncoder(new FfmpegOptions { ProfilesPerRun = 1 });
        using var other = new FfmpegProfileEncoder();
        var negative = () => new FfmpegProfileEncoder(new FfmpegOptions { ProfilesPerRun = 0 });

        Text(await one.DescribeAsync(s_source, s_profile)).Should().Be(Text(await other.DescribeAsync(s_source, s_profile)));
        negative.Should().Throw<ArgumentException>().WithMessage("*ProfilesPerRun*");
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Every_knob_of_the_profile_is_in_the_recipe(EncodingProfile changed)
    {
        using var encoder = new FfmpegProfileEncoder();

        Text(await encoder.DescribeAsync(s_source, changed)).Should().NotBe(Text(await encoder.DescribeAsync(s_source, s_profile)));
    }

    [Theory]
    [InlineData(FfmpegRateControl.Auto, null, "-crf 23")]
    [InlineData(FfmpegRateControl.Auto, "1500k", "-b:v 1500k")]
    [InlineData(FfmpegRateControl.ConstantQuality, "1500k", "-crf 23")]
    [InlineData(FfmpegRateControl.AverageBitrate, "1500k", "-b:v 1500k")]
    [InlineData(FfmpegRateControl.BufferedBitrate, "1.5M", "-b:v 1.5M -maxrate 1.5M -bufsize 3M")]
    [InlineData(FfmpegRateControl.CappedQuality, "1500k", "-crf 23 -maxrate 1500k -bufsize 3000k")]
    public async Task Rate_control_becomes_arguments(FfmpegRateControl control, string? bitrate, string arguments)
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { RateControl = control });

        var recipe = await encoder.DescribeAsync(s_source, s_profile with { VideoBitrate = bitrate });

        string.Join(' ', recipe.Arguments).Should().Contain($"-preset veryfast {arguments} -pix_fmt");
    }

    [Fact]
    public async Task Rate_control_without_its_bit_rate_is_refused()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { RateControl = FfmpegRateControl.BufferedBitrate });

        var describe = async () => await encoder.DescribeAsync(s_source, s_profile);

        await describe.Should().ThrowAsync<FfmpegException>().WithMessage("*names no video bit rate*");
    }

    [Fact]
    public async Task Chain_is_in_the_key_and_a_profile_can_enter_it_in_its_middle()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { VideoEncoders = [new("h264_nvenc"), new("h264_vaapi"), new("libx264")], AcceptFallback = false });

        var all = await encoder.DescribeAsync(s_source, s_profile);
        var rest = await encoder.DescribeAsync(s_source, s_profile with { Codec = "h264_vaapi" });

        Encoders(all).Should().Equal("h264_nvenc", "h264_vaapi", "libx264");
        Encoders(rest).Should().Equal("h264_vaapi", "libx264");
        all.Accept!(Stored("h264_nvenc")).Should().BeTrue();
        all.Accept!(Stored("libx264")).Should().BeFalse();
    }

    [Fact]
    public async Task Version_is_asked_again_when_the_program_is_another_file()
    {
        var wrapper = new FfmpegWrapper(_scratch);
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { FfmpegPath = wrapper.Path });
        var before = (await encoder.DescribeAsync(s_source, s_profile)).EncoderVersion;

        // The same length and the same time: only the inode tells.
        var script = await File.ReadAllTextAsync(wrapper.Path);
        ShellScript.Write(wrapper.Path + ".new", script.Replace($"exec cat '{wrapper.Path}.version'", "echo ffmpeg version").PadRight(script.Length, '\n'));
        File.SetLastWriteTimeUtc(wrapper.Path + ".new", File.GetLastWriteTimeUtc(wrapper.Path));
        File.Move(wrapper.Path + ".new", wrapper.Path, overwrite: true);
        new FileInfo(wrapper.Path).Length.Should().Be(script.Length);

        var after = (await encoder.DescribeAsync(s_source, s_profile)).EncoderVersion;

        after.Should().StartWith("ffmpeg version build").And.NotBe(before);
    }

    private static EncodedProfile Stored(string encoder) => new() { Name = "720p", Directory = "", Playlist = "720p.m3u8", ActualEncoder = encoder };

    private static IEnumerable<string> Encoders(EncodeRecipe recipe) =>
        recipe.Arguments.Zip(recipe.Arguments.Skip(1)).Where(pair => pair.First == "-c:v").Select(pair => pair.Second);

    private static string Text(EncodeRecipe recipe) =>
        string.Join('\n', recipe.Arguments) + recipe.EncoderVersion + string.Join('\n', recipe.AuxiliaryInputs);
}
