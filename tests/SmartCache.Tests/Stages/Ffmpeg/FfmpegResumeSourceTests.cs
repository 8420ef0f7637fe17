namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Sources of other kinds, in which the picture to begin at is not where one would look first.</summary>
public sealed class FfmpegResumeSourceTests : IDisposable
{
    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [Theory]
    [InlineData("without sound that is turned", "-an", "-c:v", "libx264", "-preset", "ultrafast", "-metadata:s:v", "rotate=90")]
    [InlineData(
        "with longer sound and of open groups", "-f", "lavfi", "-i", "sine=duration=15", "-map", "0:v", "-map", "2:a",
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-x264-params", "open-gop=1", "-g", "60", "-c:a", "aac")]
    [InlineData("with sound that begins later", "-af", "asetpts=PTS+0.7/TB", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")]
    [InlineData("that begins in the middle of its clock", "-output_ts_offset", "3600.123", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts")]
    public async Task Source_is_cut_at_the_right_picture(string what, params string[] arguments)
    {
        _job.Seconds = 10;
        var source = _job.Source(what + ".mp4", "25", arguments);
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn();
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Fact]
    public async Task Source_of_which_an_edit_list_shows_a_part_is_cut_at_the_right_picture()
    {
        var whole = _job.Source("whole.mp4", "25", [.. MediaTool.X264, "-bf", "3", "-g", "250"]);
        var source = MediaTool.Make(_job["cut.mp4"], "-ss", "1.3", "-i", whole, "-c", "copy");
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        _job.ShouldHaveGoneOn("seeking");
        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    // Where such a file begins, and what a jump of its clock is worth, depends on the streams that are read.
    [Theory]
    [InlineData("-af", "asetpts=PTS+0.5/TB")]
    [InlineData("-vf", "setpts=PTS+0.5/TB")]
    public async Task Transport_stream_whose_pictures_and_sound_begin_apart_has_them_where_they_were(params string[] arguments)
    {
        var source = _job.Source("video.ts", "25", [.. arguments, .. MediaTool.X264]);
        await _job.DieAsync(source, leaves: 4);

        var resumed = await _job.GoOnAsync(source);

        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }

    [Theory]
    [InlineData(5.4, 0)]
    [InlineData(6, 0.6)]
    [InlineData(5.4, 0.6)]
    public async Task Transport_streams_one_behind_the_other_are_exact_also_where_there_is_no_sound_at_the_seam(double endsAt, double beginsAt)
    {
        _job.Seconds = 6;
        var first = _job.Source("first.ts", "25", ["-af", FormattableString.Invariant($"atrim=end={endsAt}"), .. MediaTool.X264]);
        var second = _job.Source("second.ts", "25", ["-af", FormattableString.Invariant($"asetpts=PTS+{beginsAt}/TB"), .. MediaTool.X264]);
        var source = _job["both.ts"];
        await File.WriteAllBytesAsync(source, [.. await File.ReadAllBytesAsync(first), .. await File.ReadAllBytesAsync(second)]);
        await _job.DieAsync(source, leaves: 5);

        var resumed = await _job.GoOnAsync(source);

        ResumableJob.ShouldBeTheSame(resumed, await _job.EncodeWholeAsync(source));
    }
}
