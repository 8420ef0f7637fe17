using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>The retry of an encode goes on from the segments that were finished, and its result is that of one that was not interrupted.</summary>
public sealed class FfmpegResumeTests : IDisposable
{
    private static readonly string[] s_avi = ["-c:v", "mpeg4", "-bf", "2", "-q:v", "4", "-g", "250", "-c:a", "mp3"];

    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Theory]
    [InlineData("video.mp4", "25", 3, "seeking")]
    [InlineData("video.mp4", "24000/1001", 5, "seeking")]
    [InlineData("video.mkv", "24000/1001", 4, "seeking")]
    [InlineData("video.mp4", "60000/1001", 4, "seeking")]
    [InlineData("video.ts", "25", 4, "counting")]
    [InlineData("video.ts", "30000/1001", 3, "counting")]
    [InlineData("video.avi", "25", 4, "counting")]
    public async Task Constant_quality_is_picture_for_picture_what_was_not_interrupted(string name, string rate, int left, string way)
    {
        var source = name.EndsWith("avi", StringComparison.Ordinal) ? _job.Source(name, rate, s_avi) : _job.Source(name, rate);
        await _job.DieAsync(source, left);

        var resumed = await _job.GoOnAsync(source);

        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2208 ", StringComparison.Ordinal), string.Join('\n', _job.Log.Lines)).Which.Should().Contain(way);
        _job.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
        _job.Kept.Forgotten.Should().BeEmpty();
    }
}
