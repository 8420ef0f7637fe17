using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

[Collection(TinyMediaCollection.Name)]
public sealed class FfprobeSourceProbeTests(TinyMedia media) : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Facts_of_a_video_with_sound()
    {
        var facts = await new FfprobeSourceProbe().ProbeAsync(media.WithAudio);

        facts.Should().Contain(new Dictionary<string, string>
        {
            [MediaFacts.Duration] = "4.000000",
            [MediaFacts.Width] = "160",
            [MediaFacts.Height] = "120",
            [MediaFacts.VideoCodec] = "h264",
            [MediaFacts.AudioCodec] = "aac",
            [MediaFacts.FrameRate] = "25/1",
            ["format"] = "mov,mp4,m4a,3gp,3g2,mj2",
            ["video.pixel_format"] = "yuv420p",
            ["audio.sample_rate"] = "44100",
        });
        facts.Should().NotContainKey(MediaFacts.Rotation);
        new SourceMedia { ContentHash = "", Length = 0, Facts = facts }.Duration.Should().Be(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Facts_of_a_silent_video_name_no_audio()
    {
        var facts = await new FfprobeSourceProbe().ProbeAsync(media.Silent);

        facts.Keys.Should().NotContain(name => name.StartsWith("audio"));
        facts.Should().Contain(MediaFacts.FrameRate, "30000/1001");
    }

    [Fact]
    public async Task Duration_is_that_of_the_pictures() =>
        (await new FfprobeSourceProbe().ProbeAsync(media.LongAudio)).Should().Contain(MediaFacts.Duration, "2.000000");

    // ffmpeg's muxer takes the tag counter-clockwise, and its own auto-rotation of the file turns it 270 degrees clockwise.
    [Fact]
    public async Task Rotation_is_clockwise() =>
        (await new FfprobeSourceProbe().ProbeAsync(media.Rotated)).Should().Contain(MediaFacts.Rotation, "270");

    [Fact]
    public async Task Nested_side_data_is_no_reason_to_refuse_a_video()
    {
        const string Reply = """
            {"streams":[{"index":0,"codec_type":"video","codec_name":"hevc","avg_frame_rate":"25/1","duration":"2.000000","side_data_list":[
            {"side_data_type":"3D Reference Displays","displays":[{"left":1}],"more":{"a":null}},{"side_data_type":"Display Matrix","rotation":-90}]}],
            "format":{"format_name":"mov,mp4"}}
            """;

        var facts = await new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = Script($"cat <<'END'\n{Reply}\nEND") }).ProbeAsync(media.Silent);

        facts.Should().Contain(MediaFacts.Rotation, "90").And.Contain(MediaFacts.Duration, "2.000000");
    }

    [Fact]
    public async Task File_that_is_no_video_is_refused_with_what_ffprobe_said()
    {
        var probe = async () => await new FfprobeSourceProbe().ProbeAsync(media.Text);

        await probe.Should().ThrowAsync<FfmpegException>().WithMessage("*Invalid data found*");
    }

    [Theory]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\"}],\"format\":{\"format_name\":\"tty\"}}", "*text or a picture*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\"}],\"format\":{\"format_name\":\"png_pipe\"}}", "*text or a picture*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\"}],\"format\":{\"format_name\":\"hls\"}}", "*list of other files*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\"}],\"format\":{\"format_name\":\"hls,applehttp\"}}", "*list of other files*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\"}],\"format\":{\"format_name\":\"concat\"}}", "*list of other files*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"audio\"}],\"format\":{\"format_name\":\"mp3\"}}", "*no video stream*")]
    [InlineData("{\"streams\":[{\"codec_type\":\"video\",\"disposition\":{\"attached_pic\":1}}],\"format\":{\"format_name\":\"mp3\"}}", "*no video stream*")]
    [InlineData("not json", "*not understood*")]
    [InlineData("null", "*empty*")]
    public async Task Reply_without_a_video_is_refused(string reply, string message)
    {
        var probe = async () => await new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = Script($"echo '{reply}'") }).ProbeAsync(media.Silent);

        await probe.Should().ThrowAsync<FfmpegException>().WithMessage(message);
    }

    [Fact]
    public async Task Probe_that_hangs_is_ended()
    {
        var path = Script(Hanging);
        var probe = async () => await new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = path, Timeout = TimeSpan.FromSeconds(5) }).ProbeAsync(media.Silent);

        await probe.Should().ThrowAsync<TimeoutException>();
        await EndsAsync();
    }

    [Fact]
    public async Task Cancelled_probe_is_ended()
    {
        using var cancellation = new CancellationTokenSource();
        var path = Script(Hanging);
        var probe = new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = path }).ProbeAsync(media.Silent, cancellation.Token).AsTask();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(_scratch["pid"]))
            await Task.Delay(10, patience.Token);

        await cancellation.CancelAsync();

        var ended = () => probe;
        (await ended.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        await EndsAsync();
    }

    /// <summary>Notes the child's process id and waits for it.</summary>
    private string Hanging => $"sleep 600 &\necho $! > '{_scratch["new"]}'; mv '{_scratch["new"]}' '{_scratch["pid"]}'\nwait";

    // Killed, it is gone when the system has done away with it.
    private async Task EndsAsync()
    {
        var child = "/proc/" + (await File.ReadAllTextAsync(_scratch["pid"])).Trim();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.Exists(child))
            await Task.Delay(20, patience.Token);
    }

    private string Script(string body)
    {
        var path = _scratch["ffprobe"];
        ShellScript.Write(path, "#!/bin/sh\n" + body + "\n");
        return path;
    }
}
