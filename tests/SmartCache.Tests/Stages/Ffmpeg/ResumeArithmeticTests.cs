using SmartCache.FFMpegCore.Resuming;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Numbers, times and sizes of pictures.</summary>
public sealed class ResumeArithmeticTests
{
    private static readonly List<(string Name, string? Value)> s_promise = [("-maxrate", "400k"), ("-bufsize", "0.8M")];

    [Theory]
    [InlineData("24000/1001", 1, 3754)]
    [InlineData("24000/1001", -2, -7508)]
    [InlineData("24000/1001", 172_800, 648_648_000)]
    [InlineData("25/1", 7, 25_200)]
    public void Picture_is_shown_at_the_tick_that_ffmpeg_gives_it(string rate, long picture, long ticks)
    {
        PictureRate.Parse(rate)!.Value.TicksOf(picture).Should().Be(ticks);
        PictureRate.Parse(rate)!.Value.PictureAt(ticks).Should().Be(picture);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("25")]
    [InlineData("0/0")]
    [InlineData("0/1")]
    [InlineData("-25/1")]
    [InlineData("9999999999/1")]
    public void What_is_no_rate_is_none(string? rate) => PictureRate.Parse(rate).Should().BeNull();

    [Fact]
    public void Buffer_that_is_filled_as_fast_as_it_is_emptied_never_runs_empty()
    {
        var buffer = DecoderBuffer.Of(s_promise)!;

        for (var picture = 0; picture < 100; picture++)
            buffer.Take(picture * 3600, 16_000);

        buffer.RanEmpty().Should().BeFalse();
    }

    [Fact]
    public void Buffer_runs_empty_where_a_picture_is_greater_than_what_is_in_it_and_is_then_asked_anew()
    {
        var buffer = DecoderBuffer.Of(s_promise)!;

        buffer.Take(0, 700_000);
        buffer.Take(3600, 140_000);

        buffer.RanEmpty().Should().BeTrue();
        buffer.RanEmpty().Should().BeFalse();
    }

    [Fact]
    public void Buffer_that_is_once_full_behind_the_joint_is_not_asked_any_more()
    {
        var buffer = DecoderBuffer.Of(s_promise)!;
        buffer.Take(0, 0);
        buffer.RanEmpty().Should().BeFalse();

        buffer.Take(90_000, 100_000);
        buffer.Take(93_600, 900_000);

        buffer.RanEmpty().Should().BeFalse();
    }

    [Fact]
    public void Buffer_may_be_a_twentieth_of_its_size_short()
    {
        var buffer = DecoderBuffer.Of(s_promise)!;

        buffer.Take(0, 750_000);
        buffer.RanEmpty().Should().BeFalse();
        buffer.Take(0, 50_000);

        buffer.RanEmpty().Should().BeTrue();
    }

    [Fact]
    public void Nothing_is_promised_without_a_rate_and_a_size()
    {
        DecoderBuffer.Of([("-maxrate", "400k")]).Should().BeNull();
        DecoderBuffer.Of([("-b:v", "400k"), ("-bufsize", "1M")]).Should().BeNull();
    }

    [Fact]
    public void Counts_of_a_run_are_told_with_the_picture_since_which_they_stand()
    {
        var told = new List<PictureCounts>();
        var reader = new EncodeProgress(null, null) { OnBlock = (counts, _) => told.Add(counts) };

        foreach (var (frames, doubled) in ((int, int)[])[(10, 0), (60, 1), (90, 1)])
        {
            foreach (var line in (string[])[$"frame={frames}", $"dup_frames={doubled}", "drop_frames=0", "progress=continue"])
                reader.Read(line);
        }

        told.Should().Equal(new PictureCounts(0, 0, 0), new PictureCounts(1, 0, 60), new PictureCounts(1, 0, 60));
    }
}
