using SmartCache.FFMpegCore;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Stages.Ffmpeg;

[Collection(TinyMediaCollection.Name)]
public sealed class FfmpegFaultTests(TinyMedia media) : IDisposable
{
    private static readonly EncodingProfile s_profile = new("120p") { Resolution = "160x120", Preset = "ultrafast" };

    private readonly ScratchDirectory _scratch = new();
    private readonly FfprobeSourceProbe _probe = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("TERM", "child")]
    [InlineData("INT", "child")]
    [InlineData("KILL", "child")]
    [InlineData("KILL", "wrapper")]
    public async Task Signal_in_mid_run_fails_the_encode_and_leaves_nothing(string signal, string target)
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1);
        using var encoder = Encoder(wrapper, fallback: true);
        var progress = WhenRunning(() => FfmpegWrapper.Signal(target == "child" ? wrapper.FfmpegPid : wrapper.WrapperPid, signal));

        var encode = () => encoder.EncodeAsync(Request(media.Slow), progress);

        var error = (await encode.Should().ThrowAsync<FfmpegException>()).Which;
        error.Message.Should().Contain("ended from outside");
        error.ExitCode.Should().NotBe(0);
        error.IsTransient.Should().BeTrue("it says nothing of the source");
        ShouldLeaveNothing();
        wrapper.Starts.Count(start => start.Contains("-i")).Should().Be(1, "a signal is no reason to try the next encoder");
        await EndsAsync(() => wrapper.FfmpegRuns || wrapper.WrapperRuns);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("(echo out_time_us=5000000; echo progress=continue; exec sleep 600) &")]
    public async Task Cancellation_ends_the_program_and_its_child(string? child)
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1, child);
        using var encoder = Encoder(wrapper);
        using var cancellation = new CancellationTokenSource();
        var progress = WhenRunning(cancellation.Cancel);

        var encode = () => encoder.EncodeAsync(Request(media.Slow), progress, cancellation.Token);

        (await encode.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        await EndsAsync(() => wrapper.FfmpegRuns || wrapper.WrapperRuns);
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Progress_listener_that_throws_ends_ffmpeg()
    {
        var wrapper = new FfmpegWrapper(_scratch, speed: 1);
        using var encoder = Encoder(wrapper);
        var progress = WhenRunning(() => throw new InvalidOperationException("listener"));

        var encode = () => encoder.EncodeAsync(Request(media.Slow), progress);

        (await encode.Should().ThrowAsync<InvalidOperationException>()).WithMessage("listener");
        await EndsAsync(() => wrapper.FfmpegRuns || wrapper.WrapperRuns);
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Profiles_name_makes_no_line_of_its_own_in_the_log()
    {
        var log = new LogList();
        using var encoder = new FfmpegProfileEncoder(null, _probe, logger: log);

        await encoder.EncodeAsync(Request(media.Silent, s_profile with { Name = "120p\nERROR all is lost" }));

        log.Lines.Should().HaveCount(2).And.OnlyContain(line => line.Contains("120p?ERROR all is lost", StringComparison.Ordinal) && !line.Any(char.IsControl));
    }

    [Fact]
    public async Task Input_that_is_no_video_fails_with_what_ffmpeg_said()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.Text));

        var error = (await encode.Should().ThrowAsync<FfmpegException>()).Which;
        error.ExitCode.Should().BePositive();
        error.IsTransient.Should().BeFalse();
        error.Message.Should().Contain("Invalid data found when processing input");
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Playlist_in_the_place_of_a_video_does_not_bring_another_jobs_video_out()
    {
        var list = _scratch["source.mp4"];
        await File.WriteAllTextAsync(list, $"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{media.WithAudio}\n#EXT-X-ENDLIST\n");
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(list));

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage("*list of other files*");
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Unavailable_encoder_without_a_fallback_fails_with_what_ffmpeg_said()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { VideoEncoders = [new("h264_nosuch")] }, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio));

        (await encode.Should().ThrowAsync<FfmpegException>()).WithMessage("*Unknown encoder 'h264_nosuch'*");
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Profile_that_names_another_codec_does_not_fall_back_to_the_chain()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio, s_profile with { Codec = "hevc_nosuch" }));

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage("*hevc_nosuch*");
    }

    [Fact]
    public async Task Ffmpeg_that_is_not_there_fails_with_its_name()
    {
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { FfmpegPath = "ffmpeg-nosuch" }, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio));

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage("ffmpeg-nosuch*FfmpegOptions.FfmpegPath*");
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Resolution_that_is_none_is_told_with_its_profile_and_an_example()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio, s_profile with { Resolution = "720p" }));

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage("*'720p' of profile 120p*1280x720*");
    }

    [Fact]
    public async Task Source_that_is_cut_off_is_noticed_by_its_duration()
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.Cut));

        (await encode.Should().ThrowAsync<FfmpegException>()).WithMessage("*not whole*4.0 s were expected*");
        ShouldLeaveNothing();
    }

    [TmpfsFact]
    public async Task Full_disk_fails_the_encode_although_ffmpeg_says_that_all_is_well()
    {
        using var full = new TmpfsMount(_scratch["out"], "256k");
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { VideoEncoders = [new("libx264"), new("mpeg4")] }, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.Slow, s_profile with { Resolution = null }));

        var error = (await encode.Should().ThrowAsync<FfmpegException>()).WithMessage("*the disk is full*").Which;
        DiskError.IsFull(error).Should().BeTrue();
        error.IsTransient.Should().BeTrue();
        _scratch.Entries("out").Should().BeEmpty();
    }

    /// <summary>ffmpeg says it in words only. By the exception's number the cache knows that it must give way.</summary>
    [Theory]
    [InlineData("av_interleaved_write_frame(): No space left on device", true)]
    [InlineData("Error writing trailer of 120p.m3u8: Disk quota exceeded", true)]
    [InlineData("120p_00000.ts: Quota exceeded", true)]
    [InlineData("Invalid data found when processing input", false)]
    public async Task Disk_that_ffmpeg_calls_full_is_known_as_such_and_no_reason_to_try_the_next_encoder(string said, bool isFull)
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: $"(echo '{said}' >&2; exit 1) &");
        using var encoder = Encoder(wrapper, fallback: true);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio));

        var error = (await encode.Should().ThrowAsync<FfmpegException>()).Which;
        DiskError.IsFull(error).Should().Be(isFull);
        error.IsTransient.Should().Be(isFull);
        wrapper.Starts.Count(static start => start.Contains("-i")).Should().Be(isFull ? 1 : 2);
    }

    [Theory]
    [InlineData("truncate -s -300 120p_00001.ts", "*segment 1 has a hole*")]
    [InlineData("truncate -s -1880 120p_00000.ts", "*segment 1 has a hole*")]
    [InlineData("truncate -s 0 120p_00001.ts", "*segment 1 is missing or empty*")]
    [InlineData("rm 120p_00001.ts", "*segment 1 is missing or empty*")]
    [InlineData("truncate -s 188 120p_00003.ts", "*video frames of 100*")]
    [InlineData("sed -i /ENDLIST/d 120p.m3u8", "*playlist is not finished*")]
    public async Task Output_with_a_hole_is_refused_although_the_exit_code_is_0(string damage, string message)
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: $"(ffmpeg \"$@\" && {damage}) &");
        using var encoder = Encoder(wrapper);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio));

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage(message);
        ShouldLeaveNothing();
    }

    [Fact]
    public async Task Urls_in_what_ffmpeg_says_are_taken_out()
    {
        var wrapper = new FfmpegWrapper(_scratch, instead: "(echo 'cannot open https://user:s3cret@host/x?token=s3cret now' >&2; exit 3) &");
        using var encoder = Encoder(wrapper);

        var encode = () => encoder.EncodeAsync(Request(media.WithAudio));

        var error = (await encode.Should().ThrowAsync<FfmpegException>()).Which;
        error.ExitCode.Should().Be(3);
        error.Message.Should().Contain("cannot open [url] now").And.NotContain("s3cret");
    }

    [Fact]
    public async Task Failed_encode_leaves_what_was_in_the_output_directory()
    {
        Directory.CreateDirectory(_scratch["out"]);
        await File.WriteAllTextAsync(_scratch["out/120p.m3u8"], "old");
        using var encoder = new FfmpegProfileEncoder(null, _probe);

        var encode = () => encoder.EncodeAsync(Request(media.Text));

        await encode.Should().ThrowAsync<FfmpegException>();
        _scratch.Entries("out").Should().Equal("120p.m3u8");
    }

    private static FfmpegProfileEncoder Encoder(FfmpegWrapper wrapper, bool fallback = false) => new(
        new FfmpegOptions
        {
            FfmpegPath = wrapper.Path,
            SegmentDuration = TimeSpan.FromSeconds(1),
            KeyFrameInterval = TimeSpan.FromSeconds(1),
            VideoEncoders = fallback ? [new("libx264"), new("mpeg4")] : [new("libx264")],
        },
        new FfprobeSourceProbe());

    /// <summary>Does <paramref name="action"/> once, when there is something of the result already.</summary>
    private static ProgressList WhenRunning(Action action)
    {
        var done = 0;
        return new ProgressList { OnReport = report => { if (report.Fraction > 0.01 && Interlocked.Exchange(ref done, 1) == 0) action(); } };
    }

    // Its pipes are closed before the system has done away with it. Left alone it would run for a minute and more.
    private static async Task EndsAsync(Func<bool> runs)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (runs())
            await Task.Delay(20, patience.Token);
    }

    private void ShouldLeaveNothing() => Directory.Exists(_scratch["out"]).Should().BeFalse("the encode made the directory and removes it when it fails");

    private EncodeRequest Request(string source, EncodingProfile? profile = null) =>
        new(new DownloadedVideo(source, new FileInfo(source).Length), profile ?? s_profile, _scratch["out"]);
}
