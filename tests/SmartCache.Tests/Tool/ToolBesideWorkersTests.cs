using System.Diagnostics;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>The commands that change a cache, as real processes beside real workers: killed at any moment, several at once, and as other users.</summary>
public sealed class ToolBesideWorkersTests : IDisposable
{
    private const string User = "20001";
    private const string Group = "20001";
    private const string SharedGroup = "20000";
    private const string Jobs = "1 2 3 4 5 6 7 8";

    /// <summary>Also where each takes long, on a machine that is busy.</summary>
    private const int LeastKills = 3;

    private static readonly TimeSpan _budget = TimeSpan.FromSeconds(12);

    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    private string Cache => Path.Combine(_root, "cache");

    private string Work => Path.Combine(_root, "work");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Killed_at_any_moment_it_leaves_a_whole_cache_and_the_worker_goes_on()
    {
        Directory.CreateDirectory(Work);
        using var worker = new WorkerProcess("steady", Cache, Work, "0700");
        await worker.WaitForLineAsync("ready");
        await FillAsync(worker);
        var span = await SpanOfAsync("clear");
        await worker.AskAsync(Jobs);
        var random = new Random(20261130);
        string[][] commands = [["clear"], ["rm", "http://a.test/3"], ["reject", "http://a.test/4"], ["clear", "profiles"], ["clear", "sources"]];
        var clock = Stopwatch.StartNew();
        var kills = 0;
        do
        {
            // From the line on at which it says what it is about to do, to the end that it has when nobody kills it.
            using var tool = WorkerProcess.Tool([.. commands[kills % commands.Length], "--yes", "--directory", Cache]);
            (await tool.ReadLineAsync()).Should().NotBeNull();
            SpinWait.SpinUntil(static () => false, span * random.NextDouble());
            tool.Kill();
            await tool.ExitAsync();
            kills++;

            // Before the worker looks, which would make good what it finds.
            await EveryEntryIsWholeAsync();
            (await worker.AskAsync(Jobs)).Should().NotContain("WrongBytes");
            (await worker.AskAsync(Jobs)).Should().Be(All("Hit+Hit"), "after kill {0} of {1}", kills, string.Join(' ', commands[(kills - 1) % commands.Length]));
        }
        while (kills < LeastKills || clock.Elapsed < _budget);

        await IsWholeAsync();
    }

    [Fact]
    public async Task Two_clears_at_once_beside_live_workers_leave_a_whole_cache_and_the_workers_go_on()
    {
        Directory.CreateDirectory(Work);
        using var one = new WorkerProcess("steady", Cache, Work, "0700");
        using var other = new WorkerProcess("steady", Cache, Work, "0700");
        await one.WaitForLineAsync("ready");
        await other.WaitForLineAsync("ready");
        await FillAsync(one);
        for (var round = 0; round < 2; round++)
        {
            using var clear = WorkerProcess.Tool("clear", "--yes", "--directory", Cache);
            using var again = WorkerProcess.Tool("clear", "--yes", "--directory", Cache);
            one.Tell(Jobs);
            other.Tell(Jobs);

            (await clear.ExitAsync(), await again.ExitAsync()).Should().Be((0, 0));
            (await one.ReadLineAsync() + await other.ReadLineAsync()).Should().NotContain("WrongBytes");
            await one.AskAsync(Jobs);
            (await other.AskAsync(Jobs)).Should().Be(All("Hit+Hit"));
        }

        await IsWholeAsync();
    }

    [MountFact("setpriv")]
    public async Task Every_command_as_root_leaves_the_hits_of_a_worker_of_another_user_hits_and_no_file_that_is_not_its_own()
    {
        PlaceFor(User, Group, "700");
        using var worker = WorkerProcess.As(User, Group, "steady", Cache, Work, "0700");
        await worker.WaitForLineAsync("ready");
        await FillAsync(worker);
        string[][] commands =
        [
            ["stats"], ["ls", "sources"], ["ls", "profiles"], ["jobs"], ["why", "http://a.test/1"], ["why", "http://a.test/1", "--profile", "720p"], ["doctor"], ["history", "export"],
            ["rm", "http://a.test/1", "--yes"], ["reject", "http://a.test/2", "--yes"], ["clear", "uploads", "--yes"], ["clear", "profiles", "--yes"], ["clear", "sources", "--yes"], ["clear", "--yes"],
        ];
        foreach (var command in commands)
        {
            var call = await ToolCall.RunAsync(_root, null, [.. command, "--directory", Cache]);
            call.Code.Should().NotBe(2, call.Error);

            Find("-not", "-user", User).Should().BeEmpty("after {0}", string.Join(' ', command));
            Find("-type", "d", "-not", "-perm", "0700").Should().BeEmpty();
            Find("-type", "f", "-not", "-perm", "0600", "-not", "-name", "source.*", "-not", "-path", "*/files/*").Should().BeEmpty();
            if (!command.Contains("--yes"))
            {
                (await worker.AskAsync(Jobs)).Should().Be(All("Hit+Hit"), "after {0}", string.Join(' ', command));
                continue;
            }

            // A second worker finds whatever the first one has open already.
            using var fresh = WorkerProcess.As(User, Group, "steady", Cache, Work, "0700");
            await fresh.WaitForLineAsync("ready");
            (await fresh.AskAsync(Jobs)).Should().NotContain("Bypass").And.NotContain("WrongBytes");
            (await worker.AskAsync(Jobs)).Should().Be(All("Hit+Hit"), "after {0}", string.Join(' ', command));
        }

        await IsWholeAsync();
    }

    [MountTheory("setpriv")]
    [InlineData("0")]
    [InlineData("20002")]
    public async Task In_a_directory_that_a_group_shares_every_file_is_the_groups_whoever_runs_it(string operatorId)
    {
        PlaceFor("0", SharedGroup, "2770");
        Mount.Run("chown", "20001", Work);
        using var worker = WorkerProcess.As(User, SharedGroup, "steady", Cache, Work, "0770");
        await worker.WaitForLineAsync("ready");
        await FillAsync(worker);

        using var tool = WorkerProcess.ToolAs(operatorId, SharedGroup, "reject", "http://a.test/1", "--yes", "--directory", Cache);
        (await tool.ExitAsync()).Should().Be(0);

        Find("-not", "-group", SharedGroup, "-not", "-name", "source.*", "-not", "-path", "*/files/*").Should().BeEmpty();
        Find("-type", "f", "-not", "-perm", "0660", "-not", "-name", "source.*", "-not", "-path", "*/files/*").Should().BeEmpty();
        using var fresh = WorkerProcess.As(User, SharedGroup, "steady", Cache, Work, "0770");
        await fresh.WaitForLineAsync("ready");
        (await fresh.AskAsync(Jobs)).Should().StartWith("Miss+Hit Hit+Hit").And.NotContain("Bypass");
        (await worker.AskAsync(Jobs)).Should().Be(All("Hit+Hit"));
    }

    /// <summary>How long a command takes from its first line to its end.</summary>
    private async Task<TimeSpan> SpanOfAsync(string command)
    {
        using var tool = WorkerProcess.Tool(command, "--yes", "--directory", Cache);
        await tool.ReadLineAsync();
        var clock = Stopwatch.StartNew();
        (await tool.ExitAsync()).Should().Be(0);
        return clock.Elapsed;
    }

    private static string All(string outcome) => string.Join(' ', Enumerable.Repeat(outcome, Jobs.Split(' ').Length));

    private static async Task FillAsync(WorkerProcess worker)
    {
        (await worker.AskAsync(Jobs)).Should().Be(All("Miss+Miss"));
        (await worker.AskAsync(Jobs)).Should().Be(All("Hit+Hit"));
    }

    private void PlaceFor(string owner, string group, string mode)
    {
        Mount.Run("chmod", "755", _root);
        foreach (var directory in new[] { Cache, Work })
        {
            Directory.CreateDirectory(directory);
            Mount.Run("chown", $"{owner}:{group}", directory);
            Mount.Run("chmod", mode, directory);
        }
    }

    /// <summary>Every byte of every entry is right, nothing is about to go or in the making, and nobody holds anything that is gone.</summary>
    private async Task IsWholeAsync()
    {
        await using var manager = CacheManager.Create(new CacheOptions { Directory = Cache, MinFreeSpace = "0" }, existingOnly: true);
        var report = await manager.VerifyAsync();
        (report.Quarantined, report.Entries).Should().Be((0, 2 * Jobs.Split(' ').Length));
        await manager.CleanupAsync();
        Find("-name", "condemned-*").Should().BeEmpty();
        Find("-path", "*/quarantine/*").Should().BeEmpty("no look-up met anything that was not whole");
        Find("-path", "*/trash/*").Should().BeEmpty();
        var inspector = CacheInspector.Open(new CacheOptions { Directory = Cache });
        foreach (var kind in new[] { EntryKind.Source, EntryKind.Profile })
        {
            await foreach (var entry in inspector.ReadEntriesAsync(kind))
            {
                (await inspector.ForeseeEntryAsync(kind, entry.Name)).IsHit.Should().BeTrue();
            }
        }
    }

    private async Task EveryEntryIsWholeAsync()
    {
        var inspector = CacheInspector.Open(new CacheOptions { Directory = Cache });
        foreach (var kind in new[] { EntryKind.Source, EntryKind.Profile })
        {
            await foreach (var entry in inspector.ReadEntriesAsync(kind))
            {
                var reading = await inspector.VerifyEntryAsync(kind, entry.Name);
                reading.Verdict.Should().Be(InspectedVerdict.Whole, reading.Why);
            }
        }
    }

    private string[] Find(params string[] tests)
    {
        using var find = Process.Start(new ProcessStartInfo("find", [Cache, .. tests]) { RedirectStandardOutput = true })!;
        var found = find.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        find.WaitForExit();
        return found;
    }
}
