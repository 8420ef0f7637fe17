using System.Collections.Concurrent;
using SmartCache.FFMpegCore.Running;

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
    public void Lines_end_with_LF_CR_or_both_also_where_a_piece_ends_between_the_two()
    {
        // 4,096 characters are read at a time, of which this CR is the last.
        var filling = new string('d', 4087);
        var reader = new ProgramLines(new StringReader($"a\nb\rc\r\n\n{filling}\r\n\re"));
        List<string> lines = [];

        while (reader.Read() is { } line)
            lines.Add(line);

        lines.Should().Equal("a", "b", "c", "", filling, "", "e");
    }

    [Fact]
    public async Task Output_is_read_also_where_the_pool_has_no_thread_to_spare()
    {
        ConcurrentBag<(string Line, bool OfPool)> lines = [];

        await ChildProcess.RunAsync("sh", ["-c", "echo out; echo error >&2"], null, Add, Add, CancellationToken.None);

        lines.Should().BeEquivalentTo([("out", false), ("error", false)]);
        void Add(string line) => lines.Add((line, Thread.CurrentThread.IsThreadPoolThread));
    }

    private static Task<int> RunAsync(string script, List<string> lines, List<string> errors) =>
        ChildProcess.RunAsync("sh", ["-c", script], null, lines.Add, errors.Add, CancellationToken.None);
}
