using SmartCache.Stages.Ffmpeg;

namespace SmartCache.Tests.Stages.Ffmpeg;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Line_that_hardly_ends_is_cut_and_the_next_one_is_whole()
    {
        List<string> lines = [];
        List<string> errors = [];

        var exitCode = await RunAsync("head -c 9000000 /dev/zero | tr '\\0' x; echo; echo end; head -c 9000000 /dev/zero | tr '\\0' y >&2", lines, errors);

        exitCode.Should().Be(0);
        lines.Select(line => line.Length).Should().Equal(ProgramLines.MaxLength, 3);
        lines[1].Should().Be("end");
        errors.Select(line => line.Length).Should().Equal(ProgramLines.MaxLength);
    }

    [Fact]
    public async Task Lines_end_with_LF_CR_or_both_wherever_the_pieces_that_arrive_are_cut()
    {
        List<string> lines = [];

        await RunAsync("printf 'a\\nb\\rc\\r\\n\\n'; head -c 4086 /dev/zero | tr '\\0' d; printf '\\r\\n\\re'", lines, []);

        lines.Should().Equal("a", "b", "c", "", new string('d', 4086), "", "e");
    }

    private static Task<int> RunAsync(string script, List<string> lines, List<string> errors) =>
        ChildProcess.RunAsync("sh", ["-c", script], null, lines.Add, errors.Add, CancellationToken.None);
}
