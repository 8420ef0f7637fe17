using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

public class SizeTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("123456789012", 123_456_789_012)]
    [InlineData("7B", 7)]
    [InlineData("50KB", 50_000)]
    [InlineData("50MB", 50_000_000)]
    [InlineData("50GB", 50_000_000_000)]
    [InlineData("50TB", 50_000_000_000_000)]
    [InlineData("50KiB", 51_200)]
    [InlineData("50MiB", 52_428_800)]
    [InlineData("50GiB", 53_687_091_200)]
    [InlineData("50TiB", 54_975_581_388_800)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("0.5KiB", 512)]
    [InlineData(" 50 gb ", 50_000_000_000)]
    [InlineData("50gib", 53_687_091_200)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_read_in_its_unit(string text, long bytes)
    {
        SizeText.Parse(text, out var read).Should().BeNull();
        read.Should().Be(bytes);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("-1", "negative")]
    [InlineData("-5GB", "negative")]
    [InlineData("+5GB", "begin with a number")]
    [InlineData("GB", "begin with a number")]
    [InlineData("lots", "begin with a number")]
    [InlineData(".", "number that can be read")]
    [InlineData("1.2.3GB", "number that can be read")]
    [InlineData("1e9", "unit")]
    [InlineData("1,5GB", "unit")]
    [InlineData("1_000", "unit")]
    [InlineData("50G", "unit")]
    [InlineData("50GB50", "unit")]
    [InlineData("50 XB", "unit")]
    [InlineData("1.5", "whole number of bytes")]
    [InlineData("9223372036854775808", "too large")]
    [InlineData("9999999TB", "too large")]
    [InlineData("8388608TiB", "too large")]
    public void What_is_not_a_size_is_refused_with_the_reason(string text, string reason) =>
        SizeText.Parse(text, out _).Should().Contain(reason);
}
