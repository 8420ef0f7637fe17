using System.Diagnostics;
using SmartCache.FFMpegCore.Commands;

namespace SmartCache.Tests.Stages.Ffmpeg;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData("-i in.mp4  -c:v libx264 ")]
    [InlineData("-i \"a b.mp4\" -vf \"scale=-2:720, drawtext=text='it''s'\"")]
    [InlineData("a\"b c\"d \"\" \"\"\"\" e")]
    [InlineData("\"she said \"\"no\"\"\" next")]
    [InlineData(@"a\b ""a\\b"" a\""b ""c:\dir\\"" x\\""y z"" \\\""q")]
    [InlineData("tab\there \"and\tthere\"")]
    [InlineData("\"not closed")]
    public async Task Line_is_split_as_the_runtime_splits_it_for_a_program(string line)
    {
        using var process = Process.Start(new ProcessStartInfo("printf", "\"<%s>\\n\" " + line) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        // printf writes its format once where there is nothing to write.
        var arguments = CommandLine.Split(line);
        string.Concat((arguments.Count == 0 ? [""] : arguments).Select(argument => $"<{argument}>\n")).Should().Be(output);
    }

    [Fact]
    public void Arguments_of_the_host_pass_by_the_line_whatever_is_in_them()
    {
        string[] odd = ["a b", "it's \"quoted\"", @"back\slash\", "{host:1}", ""];
        var host = new HostArguments();

        var line = $"-first {host.Add(odd)} -then {host.Add()} {host.Add("last")}";

        host.PutBack(CommandLine.Split(line)).Should().Equal(["-first", .. odd, "-then", "last"]);
    }
}
