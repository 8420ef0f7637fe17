using SmartCache.Stages;
using SmartCache.Tests.Stages;
using SmartCache.Tests.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore.Tests;

[Collection(TinyMediaCollection.Name)]
public sealed class ProbeTests(TinyMedia media)
{
    public static TheoryData<string> Videos => new(nameof(TinyMedia.WithAudio), nameof(TinyMedia.Silent), nameof(TinyMedia.LongAudio), nameof(TinyMedia.Rotated));

    // A worker that goes from one probe to the other keeps its cached profiles, because the recipe is made from these facts.
    [Theory]
    [MemberData(nameof(Videos))]
    public async Task Facts_are_those_of_the_other_probe_but_for_the_field_order(string video)
    {
        var path = (string)typeof(TinyMedia).GetProperty(video)!.GetValue(media)!;
        var expected = (await new FfprobeSourceProbe().ProbeAsync(path)).Where(static fact => fact.Key != "video.field_order").ToDictionary();

        var facts = await new FFMpegCoreSourceProbe().ProbeAsync(path);

        facts.Where(static fact => fact.Key != MediaFacts.Duration).Should().BeEquivalentTo(expected.Where(static fact => fact.Key != MediaFacts.Duration));
        new SourceMedia("", 0, facts).Duration.Should().BeCloseTo(new SourceMedia("", 0, expected).Duration!.Value, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task File_that_is_no_video_is_refused_with_what_ffprobe_said() =>
        await new FFMpegCoreSourceProbe().Invoking(probe => probe.ProbeAsync(media.Text).AsTask()).Should().ThrowAsync<FfmpegException>().WithMessage("*Invalid data found*");

    [Fact]
    public async Task Playlist_that_comes_as_a_video_is_refused()
    {
        using var scratch = new ScratchDirectory();
        await File.WriteAllTextAsync(scratch["video.mp4"], $"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{media.WithAudio}\n#EXT-X-ENDLIST\n");

        await new FFMpegCoreSourceProbe().Invoking(probe => probe.ProbeAsync(scratch["video.mp4"]).AsTask()).Should().ThrowAsync<FfmpegException>();
    }
}
