using System.Globalization;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Reliability;

/// <summary>Bounded shares of what the torture executable can do; docs/reliability.md names the commands for the whole.</summary>
[Collection(AloneAfterwards.Name)]
public class TortureTests
{
    private static double AllMinutes =>
        double.TryParse(Environment.GetEnvironmentVariable("SMARTCACHE_TORTURE_MINUTES"), CultureInfo.InvariantCulture, out var minutes) ? minutes : 0.5;

    private static string Minutes => Text(AllMinutes);

    /// <summary>Of each further medium.</summary>
    private static string Share => Text(AllMinutes / 4);

    private static string Text(double minutes) => minutes.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public async Task Workers_killed_at_random_lose_nothing_and_serve_no_wrong_byte()
    {
        var (exitCode, output) = await TortureProcess.RunAsync("torture", "--seed", "20", "--kills", "100000", "--processes", "4", "--minutes", Minutes, "--dir", "DIR");

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex("[1-9][0-9]* kills, 0 violations").And.MatchRegex(@"hits compared byte by byte\s+[1-9]");
    }

    [MountTheory("mkfs.ext4")]
    [InlineData("--medium", "coarse")]
    [InlineData("--medium", "few-inodes")]
    [InlineData("--users", "2")]
    public async Task Workers_killed_at_random_lose_nothing_on_a_weak_disk_or_under_two_users(string option, string value)
    {
        var (exitCode, output) = await TortureProcess.RunAsync("torture", "--seed", "21", "--kills", "100000", "--processes", "4", "--minutes", Share, option, value, "--dir", "DIR");

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex("[1-9][0-9]* kills, 0 violations").And.MatchRegex(@"hits compared byte by byte\s+[1-9]");
    }

    [TracedFact]
    public async Task Worker_killed_before_any_single_step_leaves_a_cache_that_recovers()
    {
        var (exitCode, output) = await TortureProcess.RunAsync("crash-points", "DIR", "40", "5");

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex("[1-9][0-9]+ crash points, 0 with violations");
    }

    [TracedFact]
    public async Task System_call_that_fails_at_any_moment_costs_no_job_its_bytes()
    {
        var (exitCode, output) = await TortureProcess.RunAsync("faults", "DIR", "300", "3");

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex("[1-9][0-9]+ combinations of .* 0 with violations");
    }
}
