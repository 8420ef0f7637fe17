using System.Globalization;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Reliability;

/// <summary>Bounded shares of what the torture executable can do; docs/reliability.md names the commands for the whole.</summary>
[Collection(AloneAfterwards.Name)]
public class TortureTests
{
    private static double Minutes =>
        double.TryParse(Environment.GetEnvironmentVariable("SMARTCACHE_TORTURE_MINUTES"), CultureInfo.InvariantCulture, out var minutes) ? minutes : 0.5;

    [Fact]
    public Task Workers_killed_at_random_lose_nothing_and_serve_no_wrong_byte() => TortureAsync(seed: 20, Minutes, "--medium", "plain");

    [MountTheory("mkfs.ext4")]
    [InlineData("--medium", "coarse")]
    [InlineData("--medium", "few-inodes")]
    [InlineData("--users", "2")]
    public Task Workers_killed_at_random_lose_nothing_on_a_weak_disk_or_under_two_users(string option, string value) => TortureAsync(seed: 21, Minutes / 3, option, value);

    [TracedFact]
    public async Task Worker_killed_before_any_single_step_leaves_a_cache_that_recovers()
    {
        var output = await new Share("crash points", TimeSpan.FromMinutes(4), LeastCases: 20).RunAsync("crash-points", "DIR", "40", "5", "--seconds", "150");

        output.Should().MatchRegex("[1-9][0-9]+ crash points, 0 with violations");
    }

    [TracedFact]
    public async Task System_call_that_fails_at_any_moment_costs_no_job_its_bytes()
    {
        var output = await new Share("faults", TimeSpan.FromMinutes(6), LeastCases: 40).RunAsync("faults", "DIR", "300", "3", "--seconds", "150");

        output.Should().MatchRegex("[1-9][0-9]+ combinations of .* 0 with violations");
    }

    [TracedFact]
    public async Task Whatever_a_weak_file_system_leaves_after_a_power_cut_is_neither_wrong_nor_claimed_without_being_there()
    {
        var output = await new Share("power states", TimeSpan.FromMinutes(2), LeastCases: 300).RunAsync("power-states", "MEMORY", "400", "--seconds", "100");

        output.Should().MatchRegex("[1-9][0-9]+ images, 0 violations");
    }

    private static async Task TortureAsync(int seed, double minutes, string option, string value)
    {
        // The audit comes on top of the killing. On an idle machine there are some 60 kills a minute; whole-second stamps need a worker to live six times as long.
        var share = new Share($"torture {option} {value}", TimeSpan.FromMinutes((minutes * 4) + 4), LeastCases: (int)(minutes * (value == "coarse" ? 4 : 8)));
        var output = await share.RunAsync(
            "torture", "--seed", Text(seed), "--kills", "100000", "--processes", "4", "--minutes", Text(minutes), option, value, "--dir", "DIR");

        output.Should().MatchRegex("[1-9][0-9]* kills, 0 violations").And.MatchRegex(@"hits compared byte by byte\s+[1-9]");
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
