using SmartCache.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

/// <summary>Free space, choices, directory modes, directories, and how values are shown.</summary>
public class OtherTextTests
{
    [Fact]
    public void Free_space_is_a_size_or_a_percentage()
    {
        FreeSpaceText.Parse("5GB", out var size).Should().BeNull();
        size.Should().Be(new FreeSpaceFloor(5_000_000_000, null));
        FreeSpaceText.Parse("12.5 %", out var percent).Should().BeNull();
        percent.Should().Be(new FreeSpaceFloor(null, 12.5));
        percent.On(1000).Should().Be(125);
    }

    [Theory]
    [InlineData("100%", "leaves nothing")]
    [InlineData("-1%", "negative")]
    [InlineData("%", "begin with a number")]
    [InlineData("5GB%", "not a percentage")]
    [InlineData("5 elephants", "unit")]
    public void What_is_neither_size_nor_percentage_is_refused(string text, string reason) =>
        FreeSpaceText.Parse(text, out _).Should().Contain(reason);

    [Theory]
    [InlineData("on", "On")]
    [InlineData(" OBSERVE ", "Observe")]
    [InlineData("Off", "Off")]
    public void A_name_is_taken_in_any_case(string text, string expected)
    {
        ChoiceText.Parse<LayerMode>(text, out var read).Should().BeNull();
        read.ToString().Should().Be(expected);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("7")]
    [InlineData("On,Off")]
    [InlineData("")]
    [InlineData("Onn")]
    public void What_is_not_a_name_is_refused_numbers_too(string text) =>
        ChoiceText.Parse<LayerMode>(text, out _).Should().Be("is not one of On, Observe, Off");

    [Theory]
    [InlineData("0700", 0b111_000_000)]
    [InlineData("700", 0b111_000_000)]
    [InlineData("0750", 0b111_101_000)]
    [InlineData("0770", 0b111_111_000)]
    public void An_octal_mode_is_read(string text, int mode)
    {
        DirectoryModeText.Parse(text, out var read).Should().BeNull();
        ((int)read).Should().Be(mode);
    }

    [Theory]
    [InlineData("0600", "owner")]
    [InlineData("0777", "every user")]
    [InlineData("0701", "every user")]
    [InlineData("0740", "group")]
    [InlineData("2770", "set-group-id")]
    [InlineData("0800", "octal")]
    [InlineData("70", "octal")]
    [InlineData("00700", "octal")]
    [InlineData("rwx------", "octal")]
    [InlineData("", "octal")]
    public void A_mode_that_the_cache_cannot_work_with_is_refused(string text, string reason) =>
        DirectoryModeText.Parse(text, out _).Should().Contain(reason);

    [Theory]
    [InlineData("/var/cache/encoder/", "/var/cache/encoder")]
    [InlineData("cache", "/base/cache")]
    [InlineData("./a/../b", "/base/b")]
    [InlineData("./~", "/base/~")]
    public void A_directory_becomes_absolute(string text, string expected)
    {
        DirectoryText.Parse(text, "/base", out var read).Should().BeNull();
        read.Should().Be(expected);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData("/", "root of a file system")]
    [InlineData("/a/..", "root of a file system")]
    [InlineData("~/cache", "shell")]
    [InlineData("$HOME/cache", "shell")]
    [InlineData("%TEMP%", "shell")]
    [InlineData("s3://bucket/cache", "URL")]
    [InlineData("a\0b", "control")]
    [InlineData("a\nb", "control")]
    public void What_cannot_be_a_directory_of_the_cache_is_refused(string text, string reason) =>
        DirectoryText.Parse(text, "/base", out _).Should().Contain(reason);

    [Fact]
    public void A_shown_value_is_one_line_and_holds_no_address()
    {
        SettingText.Quote("a\nb").Should().Be("\"a b\"");
        SettingText.Quote("https://user:secret@host/x").Should().Be("\"https://…\"");
        SettingText.Quote(new string('x', 500)).Length.Should().BeLessThan(130);
    }
}
