namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Parts that are not what was recorded, or with which nothing can be made: the encode is right, and the log says why.</summary>
public sealed class FfmpegResumePartTests : IDisposable
{
    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Theory]
    [InlineData("one picture later")]
    [InlineData("other parameters")]
    [InlineData("cut")]
    [InlineData("cut in the middle of a packet")]
    [InlineData("no video")]
    [InlineData("a picture less")]
    public async Task Wrong_part_is_found_out(string what)
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);
        var there = await File.ReadAllBytesAsync(_job.Kept.Parts[^1].Path);
        _job.Kept.Plant(3, what switch
        {
            "one picture later" => await SegmentAsync("later", _job.Source("later.mp4", "25", ["-vf", "trim=start_frame=1,setpts=PTS-STARTPTS", .. MediaTool.X264, "-bf", "3", "-g", "250"])),
            "other parameters" => await SegmentAsync("other", source, "-refs", "3"),
            "cut" => there[..(there.Length / 188 / 2 * 188)],
            "cut in the middle of a packet" => there[..((there.Length / 188 / 2 * 188) + 94)],
            "a picture less" => await SegmentAsync("less", MediaTool.Make(_job["less.mp4"], "-i", source, "-vf", "select='not(eq(n,170))',setpts=N/25/TB", "-c:v", "libx264", "-preset", "ultrafast")),
            _ => "no video"u8.ToArray(),
        });

        var encoded = await _job.GoOnAsync(source);

        _job.ShouldHaveBegunAnew("2210 ");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Part_that_ends_before_the_end_of_its_last_picture_is_found_out()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 5);
        var packets = (await File.ReadAllBytesAsync(_job.Kept.Parts[1].Path)).Chunk(188).ToList();
        packets.RemoveAt(packets.FindLastIndex(static packet => (packet[1] & 0x1f) == 1 && packet[2] == 0));
        _job.Kept.Plant(1, [.. packets.SelectMany(static packet => packet)]);

        var encoded = await _job.GoOnAsync(source);

        _job.ShouldHaveBegunAnew("2210 ", "hole");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    // What ffmpeg 5.1 says of a disk that fails, and then it ends with 0 (seen with MP4, Matroska and MPEG-TS).
    [Fact]
    public async Task Source_that_cannot_be_read_to_its_end_while_the_sound_is_made_is_found_out()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);

        var encoded = await _job.EncodeAsync(
            source, "resumed", instead: ResumableJob.Where("*pictures.ts*", $"echo '{source}: Input/output error' >&2; exec ffmpeg -t 9 \"$@\""));

        _job.ShouldHaveBegunAnew("2210 ", "its sound");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Part_of_another_stream_in_the_middle_is_found_out()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 5);
        _job.Kept.Plant(1, await SegmentAsync("other", source, "-refs", "3"));

        var encoded = await _job.GoOnAsync(source);

        _job.ShouldHaveBegunAnew("2210 ", "another stream");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Parts_of_another_layout_are_left_alone()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);
        _job.Kept.MoveTo("another");

        var encoded = await _job.GoOnAsync(source);

        _job.Log.Lines.Should().NotContain(static line => line.StartsWith("2208 ", StringComparison.Ordinal));
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Theory]
    [InlineData("*' -an '*")]
    [InlineData("*psnr*")]
    [InlineData("*pictures.ts*")]
    [InlineData("*psnr*", 137)]
    public async Task Ffmpeg_that_fails_to_go_on_fails_no_encode(string command, int exitCode = 1)
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);

        var encoded = await _job.EncodeAsync(source, "resumed", instead: ResumableJob.Where(command, $"exit {exitCode}"));

        _job.ShouldHaveBegunAnew("2210 ");
        ResumableJob.ShouldBeTheSame(encoded, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Segments_behind_a_gap_are_forgotten_and_those_before_it_used()
    {
        _job.Seconds = 16;
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 6);
        _job.Kept.Parts.RemoveAt(4);

        var resumed = await _job.GoOnAsync(source);

        _job.Kept.Forgotten.Should().Equal(TimeSpan.FromSeconds(10));
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2208 ", StringComparison.Ordinal)).Which.Should().Contain("from 4 segments");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source), hasSamePictures: false);
    }

    /// <summary>The fourth segment of another encode.</summary>
    private async Task<byte[]> SegmentAsync(string output, string source, params string[] arguments)
    {
        var other = await _job.EncodeWholeAsync(source, configure: options => options.ExtraOutputArguments = arguments, output: output);
        return await File.ReadAllBytesAsync(Path.Combine(other.Directory, "90p_00003.ts"));
    }
}
