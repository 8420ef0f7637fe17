using SmartCache.Storage;

namespace SmartCache.Tests.Storage;

public class EntryPathTests
{
    [Theory]
    [InlineData("con")]
    [InlineData("files/NUL.ts")]
    [InlineData("Aux/seg.ts")]
    [InlineData("com1.tar.gz")]
    [InlineData("lpt¹")]
    [InlineData("CONIN$")]
    [InlineData("prn .ts")]
    public void Name_of_a_windows_device_is_refused_in_every_part(string path) => EntryPath.IsSafe(path).Should().BeFalse();

    [Theory]
    [InlineData("console.ts")]
    [InlineData("files/aux_00001.ts")]
    [InlineData("com10/a.ts")]
    [InlineData("nullable")]
    [InlineData("a.con")]
    public void Name_that_only_begins_like_a_device_is_none(string path) => EntryPath.IsSafe(path).Should().BeTrue();
}
