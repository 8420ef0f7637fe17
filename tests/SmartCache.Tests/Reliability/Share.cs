using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SmartCache.Tests.Reliability;

/// <summary>A bounded part of a long run: it ends at its limit, and is red where it got through fewer cases than it should have.</summary>
/// <param name="Name">In the line that it leaves.</param>
/// <param name="Limit">After which the process is killed, and the share is red.</param>
/// <param name="LeastCases">Below which a share says nothing, for example because every worker died at its start.</param>
internal sealed partial record Share(string Name, TimeSpan Limit, int LeastCases)
{
    private const string LinesVariable = "SMARTCACHE_SHARES";

    /// <summary>Of the torture executable.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        var (exitCode, output) = await TortureProcess.RunAsync(Limit, arguments);
        var cases = Total().Matches(output) is [.., var last] ? int.Parse(last.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        Tell(clock.Elapsed, cases);
        exitCode.Should().Be(0, output);
        cases.Should().BeGreaterThanOrEqualTo(LeastCases, output);
        return output;
    }

    // The runner shows nothing that a test prints; tests/run.sh shows the lines of this file.
    private void Tell(TimeSpan took, int cases)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"share {Name}: {took.TotalSeconds:F0} s of {Limit.TotalSeconds:F0} s, {cases} cases\n");
        if (Environment.GetEnvironmentVariable(LinesVariable) is { Length: > 0 } lines)
        {
            File.AppendAllText(lines, line);
        }
    }

    [GeneratedRegex("^([0-9]+) (?:kills|crash points|combinations|images)", RegexOptions.Multiline)]
    private static partial Regex Total();
}
