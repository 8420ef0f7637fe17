using System.Buffers.Binary;
using System.Text;
using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Sources that are not square, not steady, not alone in their file, not of this century: what is made of them, and what is said.</summary>
public sealed class SourceShapeTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly FfprobeSourceProbe _probe = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [Trait("Found", "M8")]
    [InlineData("720x576", "64/45", "640x480", "640,360")]
    [InlineData("720x576", "64/45", null, "1024,576")]
    [InlineData("720x480", "8/9", "640x480", "640,480")]
    [InlineData("352x576", "2/1", "320x240", "292,240")]
    [InlineData("160x120", "1/1", "640x640", "640,480")]
    [InlineData("120x160", "0/1", "160x120", "90,120")]
    [InlineData("162x122", "1/1", "160x120", "158,120")]
    [InlineData("1280x16", "1/1", "160x120", "160,2")]
    public async Task Shape_that_is_shown_is_kept(string size, string pixels, string? resolution, string expected)
    {
        // MPEG-2 knows three shapes of a picture only.
        var (file, codec) = pixels == "64/45" ? ("video.mpg", "mpeg2video") : ("video.mp4", "libx264");
        var video = MediaTool.Make(_scratch[file], [.. MediaTool.Pictures(1, size), "-vf", $"setsar={pixels}", "-c:v", codec]);

        var result = await EncodeAsync(video, new EncodingProfile("shape") { Resolution = resolution });

        MediaTool.Probe(Path.Combine(result.Directory, result.Playlist), "stream=width,height").Should().Be(expected);
        MediaTool.Probe(Path.Combine(result.Directory, result.Playlist), "stream=sample_aspect_ratio").Should().Be("1:1");
    }

    [Fact]
    [Trait("Found", "M8")]
    public async Task Recording_of_a_browser_keeps_its_pictures_and_is_not_filled_up_to_the_rate_of_its_clock()
    {
        var video = BrowserRecording();
        MediaTool.Probe(video, "stream=r_frame_rate,avg_frame_rate").Should().Be("1000/1,0/0", "that is what such a file is about");

        var result = await EncodeAsync(video, new EncodingProfile("webm"));

        MediaTool.CountPictures(Path.Combine(result.Directory, result.Playlist)).Should().BeInRange(235, 245);
        result.Duration!.Value.TotalSeconds.Should().BeApproximately(9.2, 0.2);
    }

    [Fact]
    [Trait("Found", "M8")]
    public async Task Source_of_a_steady_rate_keeps_its_rate_and_every_picture()
    {
        var video = MediaTool.Make(_scratch["video.mp4"], [.. MediaTool.Pictures(4, rate: "30000/1001"), .. MediaTool.X264]);

        var result = await EncodeAsync(video, new EncodingProfile("steady"));

        MediaTool.CountPictures(Path.Combine(result.Directory, result.Playlist)).Should().Be(MediaTool.CountPictures(video));
        result.Properties.Should().Contain(MediaFacts.FrameRate, "30000/1001");
    }

    [Theory]
    [Trait("Found", "M19")]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public async Task Cover_art_is_neither_probed_nor_encoded(string container)
    {
        var cover = MediaTool.Make(_scratch["cover.png"], [.. MediaTool.Pictures(0.04, "640x640"), "-frames:v", "1"]);
        string[] film = [.. MediaTool.Pictures(4), .. MediaTool.Sound(4)];
        var video = MediaTool.Make(_scratch["video." + container], container == "mkv"
            ? [.. film, .. MediaTool.X264, "-attach", cover, "-metadata:s:t", "mimetype=image/png"]
            : ["-i", cover, .. film, "-map", "0", "-map", "1", "-map", "2", "-c:v:0", "mjpeg", "-pix_fmt:v:0", "yuvj420p", "-c:v:1", "libx264", "-disposition:v:0", "attached_pic"]);

        if (container == "mp4")
            CoverToTheFront(video);

        var facts = await _probe.ProbeAsync(video);
        var result = await EncodeAsync(video, new EncodingProfile("film"));

        facts.Should().Contain(MediaFacts.VideoCodec, "h264").And.Contain(MediaFacts.Width, "160");
        result.Duration!.Value.TotalSeconds.Should().BeApproximately(4, 0.1);
        result.Properties.Should().Contain(MediaFacts.Width, "160");
    }

    [Fact]
    [Trait("Found", "M40")]
    public async Task What_a_file_does_not_tell_is_no_fact()
    {
        var recording = await _probe.ProbeAsync(BrowserRecording());
        var segment = MediaTool.Make(_scratch["one.ts"], [.. MediaTool.Pictures(0.04), "-frames:v", "1", .. MediaTool.X264]);
        var one = await _probe.ProbeAsync(segment);
        var reply = "{\"streams\":[{\"codec_type\":\"video\",\"codec_name\":\"h264\",\"width\":0,\"height\":0,\"r_frame_rate\":\"90000/1\",\"avg_frame_rate\":\"0/0\",\"sample_aspect_ratio\":\"0:1\"}],\"format\":{\"format_name\":\"mpegts\"}}";
        ShellScript.Write(_scratch["ffprobe"], $"#!/bin/sh\necho '{reply}'\n");
        var empty = await new FfprobeSourceProbe(new FfprobeOptions { FfprobePath = _scratch["ffprobe"] }).ProbeAsync(segment);

        recording.Should().NotContainKey(MediaFacts.FrameRate).And.ContainKey(MediaFacts.CountedFrameRate).WhoseValue.Should().MatchRegex("^26[0-9]{3}/1000$");
        one.GetValueOrDefault(MediaFacts.FrameRate, "25/1").Should().Be("25/1");
        empty.Keys.Should().BeEquivalentTo("format", MediaFacts.VideoCodec);
    }

    [Theory]
    [Trait("Found", "M42")]
    [InlineData("smpte2084", "source.hdr", "smpte2084", "HDR")]
    [InlineData("arib-std-b67", "source.hdr", "arib-std-b67", "HDR")]
    [InlineData("interlaced", "source.interlaced", "tt", "interlaced")]
    public async Task What_the_default_filter_keeps_is_said_once_for_a_source_and_in_each_result(string kind, string property, string value, string word)
    {
        string[] arguments = kind == "interlaced"
            ? [.. MediaTool.Pictures(2, rate: "50"), "-vf", "tinterlace=interleave_top,setfield=tff", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1"]
            : [.. MediaTool.Pictures(1), "-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-color_trc", kind, "-color_primaries", "bt2020", "-colorspace", "bt2020nc"];
        var video = MediaTool.Make(_scratch["video.mkv"], arguments);
        var log = new Support.ListLogger();
        using var encoder = new FfmpegProfileEncoder(null, _probe, null, log);

        var first = await encoder.EncodeAsync(Request(video, new EncodingProfile("one")));
        var second = await encoder.EncodeAsync(Request(video, new EncodingProfile("two")));

        first.Properties.Should().Contain(property, value);
        second.Properties.Should().Contain(property, value);
        log.Of(2204).Should().ContainSingle().Which.Should().Contain(word).And.Contain("one");
    }

    [Fact]
    [Trait("Found", "M42")]
    public async Task Nothing_is_said_where_an_option_says_what_to_do_with_the_picture()
    {
        var video = MediaTool.Make(
            _scratch["video.mkv"],
            [.. MediaTool.Pictures(2, rate: "50"), "-vf", "tinterlace=interleave_top,setfield=tff", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1"]);
        var log = new Support.ListLogger();
        using var encoder = new FfmpegProfileEncoder(new FfmpegOptions { VideoFilter = "yadif" }, _probe, null, log);

        var result = await encoder.EncodeAsync(Request(video, new EncodingProfile("one")));

        result.Properties.Should().NotContainKey("source.interlaced");
        log.Of(2204).Should().BeEmpty();
    }

    // As MediaRecorder writes it: 240 pictures at odd times, no length of a picture, no rate, no length of the file.
    private string BrowserRecording()
    {
        var path = MediaTool.MakePiped(
            _scratch["recording.webm"], "webm",
            [
                .. MediaTool.Pictures(9.23, rate: "26"), "-vf", "settb=1/1000,setpts='N*38+floor(random(1)*23)'",
                "-fps_mode", "passthrough", "-enc_time_base", "1/1000", .. MediaTool.Vp8, "-live", "1",
            ]);

        // ffmpeg writes a DefaultDuration; here it becomes a Void element of the same length.
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x23, 0xe3, 0x83]);
        var rest = 2 + (bytes[at + 3] & 0x7f);
        (bytes[at], bytes[at + 1]) = (0xec, (byte)(0x80 | rest));
        File.WriteAllBytes(path, bytes);
        return path;
    }

    // ffmpeg writes the cover behind the tracks, and reads it as a stream where it stands. The media lies before all this and does not move.
    private static void CoverToTheFront(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var moov = Boxes(bytes, 0, bytes.Length).Single(box => box.Type == "moov");
        var inside = Boxes(bytes, moov.Start + 8, moov.Start + moov.Length).ToList();
        inside.Sort((a, b) => (a.Type == "trak").CompareTo(b.Type == "trak") is not 0 and var order ? order : a.Start.CompareTo(b.Start));
        var sorted = inside.SelectMany(box => bytes[box.Start..(box.Start + box.Length)]).ToArray();
        sorted.CopyTo(bytes, moov.Start + 8);
        File.WriteAllBytes(path, bytes);
        MediaTool.Run("ffprobe", null, ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", path]).Should().StartWith("mjpeg", "that is what the test is about");
    }

    private static IEnumerable<(string Type, int Start, int Length)> Boxes(byte[] bytes, int from, int to)
    {
        for (int at = from, length; at < to; at += length)
        {
            length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            yield return (Encoding.ASCII.GetString(bytes, at + 4, 4), at, length);
        }
    }

    private async Task<EncodedProfile> EncodeAsync(string video, EncodingProfile profile)
    {
        using var encoder = new FfmpegProfileEncoder(null, _probe);
        return await encoder.EncodeAsync(Request(video, profile));
    }

    private EncodeRequest Request(string video, EncodingProfile profile) =>
        new(new DownloadedVideo(video, new FileInfo(video).Length), profile with { Preset = "ultrafast" }, _scratch["out"]);
}
