using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

public class DurationTextTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("0s", 0)]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("24h", 86_400)]
    [InlineData("7d", 604_800)]
    [InlineData("1.5h", 5_400)]
    [InlineData(" 24 H ", 86_400)]
    [InlineData("01:02:03", 3_723)]
    [InlineData("1:02:03", 3_723)]
    [InlineData("24:00:00", 86_400)]
    [InlineData("100:00:00", 360_000)]
    [InlineData("00:00:10.5", 10.5)]
    [InlineData("7.00:00:00", 604_800)]
    public void A_duration_is_read_in_its_unit(string text, double seconds)
    {
        DurationText.Parse(text, out var read).Should().BeNull();
        read.TotalSeconds.Should().Be(seconds);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(10)]
    [InlineData(86_399)]
    [InlineData(604_800)]
    public void What_dotnet_writes_for_a_duration_is_read_back(double seconds)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        DurationText.Parse(duration.ToString(), out var read).Should().BeNull();
        read.Should().Be(duration);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("24", "days")]
    [InlineData("0", "days")]
    [InlineData("-5m", "negative")]
    [InlineData("-01:00:00", "negative")]
    [InlineData("soon", "begin with a number")]
    [InlineData("5 minutes", "unit")]
    [InlineData("1h30m", "unit")]
    [InlineData("1w", "unit")]
    [InlineData("01:30", "hh:mm:ss")]
    [InlineData("a:b:c", "hh:mm:ss")]
    [InlineData("1:2:", "hh:mm:ss")]
    [InlineData(":", "hh:mm:ss")]
    [InlineData("x.01:00:00", "hh:mm:ss")]
    [InlineData("00:60:00", "59")]
    [InlineData("00:00:60", "59")]
    [InlineData("1.24:00:00", "23")]
    [InlineData("99999999999d", "too long")]
    [InlineData("2000000000.00:00:00", "too long")]
    public void What_is_not_a_duration_is_refused_with_the_reason(string text, string reason) =>
        DurationText.Parse(text, out _).Should().Contain(reason);
}
