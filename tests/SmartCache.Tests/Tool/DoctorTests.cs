using SmartCache.Tests.Stages;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>doctor</c> finds each fault when it is really there, and nothing else.</summary>
public class DoctorTests
{
    [Fact]
    public async Task Sound_cache_beside_a_live_worker_has_no_finding()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var doctor = await OnSmallAsync(cache, "--work", cache.Work);

        (doctor.Code, doctor.Output).Should().Match<(int Code, string Output)>(static it => it.Code == 0 && it.Output.Contains("\"findings\": []"));
        Directory.GetFileSystemEntries(cache.Work).Should().NotContain(static path => path.Contains("doctor"));
    }

    [Fact]
    public async Task Directory_that_is_missing_or_no_cache_is_a_finding_and_says_where_it_was_looked_for()
    {
        await using var cache = new TestCache();

        var missing = await ToolCall.OnAsync(cache, "doctor");
        var foreign = await ToolCall.RunAsync(cache.Root, null, "doctor", "--json", "-d", cache.Work);

        missing.Code.Should().Be(1);
        missing.Output.Should().Contain("no-directory").And.Contain("so it was looked for in");
        Codes(foreign).Should().Equal("not-a-cache");
    }

    [Fact]
    public async Task Things_that_do_not_belong_there_damage_and_a_switch_are_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "DISABLED"), "");
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "holiday.jpg"), "");
        Directory.CreateDirectory(Path.Combine(cache.CacheRoot(), "sources", Entries.NameOf(7)));

        var doctor = await OnSmallAsync(cache);

        doctor.Code.Should().Be(1);
        Codes(doctor).Should().Equal("disabled", "foreign-files", "damaged");
        doctor.Output.Should().Contain("holiday.jpg").And.Contain(Entries.NameOf(7));
    }

    [Fact]
    public async Task Quarantine_a_foreign_layer_and_limits_that_the_disk_cannot_hold_are_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Spoil.Silently(cache.Entries("profiles").Single());
        await cache.Manager.VerifyAsync();
        Directory.CreateDirectory(cache.WorkPath("elsewhere/sub"));
        await File.WriteAllTextAsync(cache.WorkPath("appsettings.json"), $$"""{ "Cache": { "Directory": "{{cache.CacheRoot()}}", "MaxSize": "900000TB", "Locations": { "Uploads": "elsewhere" } } }""");

        var doctor = await ToolCall.RunAsync(cache.Work, new() { ["Cache__MinFreeSpace"] = "0" }, "doctor", "--json");
        var full = await ToolCall.RunAsync(cache.Work, new() { ["Cache__MinFreeSpace"] = "900000TB" }, "doctor", "--json");

        Codes(doctor).Should().Equal("foreign-layer", "max-size", "quarantine");
        Codes(full).Should().Contain("free-space").And.NotContain("max-size");
    }

    [Fact]
    public async Task Directory_for_a_layer_with_lost_and_found_or_hidden_names_alone_is_nothing_foreign()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Directory.CreateDirectory(cache.WorkPath("elsewhere/lost+found"));
        Directory.CreateDirectory(cache.WorkPath("elsewhere/.snapshots"));
        await File.WriteAllTextAsync(cache.WorkPath("appsettings.json"), $$"""{ "Cache": { "Directory": "{{cache.CacheRoot()}}", "MaxSize": "1MB", "MinFreeSpace": "0", "Locations": { "Uploads": "elsewhere" } } }""");

        Codes(await ToolCall.RunAsync(cache.Work, null, "doctor", "--json")).Should().BeEmpty();
    }

    [MountFact]
    public async Task Floor_is_looked_at_on_each_disk_and_the_limit_only_where_there_is_one_disk()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Mount.Run("cp", "-a", Path.Combine(cache.CacheRoot(), "uploads"), cache.WorkPath("kept"));
        using var small = new TmpfsMount(Path.Combine(cache.CacheRoot(), "uploads"), "20m");
        Mount.Run("cp", "-a", cache.WorkPath("kept") + "/.", Path.Combine(cache.CacheRoot(), "uploads"));
        var root = cache.CacheRoot();

        var floor = await ToolCall.RunAsync(cache.Root, new() { ["CACHE_DIRECTORY"] = root, ["CACHE_MAX_SIZE"] = "900000TB", ["Cache__MinFreeSpace"] = "100MB" }, "doctor", "--json");
        var limit = await ToolCall.RunAsync(cache.Root, new() { ["CACHE_DIRECTORY"] = root, ["CACHE_MAX_SIZE"] = "900000TB", ["Cache__MinFreeSpace"] = "0" }, "doctor", "--json");

        floor.Json.GetProperty("findings").EnumerateArray().Single(static finding => finding.GetProperty("code").GetString() == "free-space").GetProperty("path").GetString()
            .Should().Be(Path.Combine(root, "uploads"));
        Codes(limit).Should().Equal("in-memory");
    }

    [MountFact]
    public async Task Memory_and_a_work_directory_on_another_file_system_are_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using var memory = new TmpfsMount(cache.WorkPath("memory"), "20m");

        Codes(await OnSmallAsync(cache, "--work", cache.WorkPath("memory"))).Should().Equal("copies", "copies");

        await using var other = new TestCache(root: cache.WorkPath("memory"));
        await other.Manager.CleanupAsync();
        Codes(await OnSmallAsync(other)).Should().Equal("in-memory");
    }

    [MountFact("setpriv")]
    public async Task Another_user_is_told_what_it_may_not_do()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using (cache.TryLease(cache.Names().Single(), out _))
        {
            Mount.Run("chmod", "-R", "a+rX", cache.Root);
            var visitor = await AsNobodyAsync(cache);

            visitor.Code.Should().Be(1);
            Codes(visitor).Should().Contain(["not-usable", "unusable-locks"]);
            visitor.Output.Should().Contain("only while all workers are stopped");
        }

        (await AsNobodyAsync(cache, "stats")).Json.GetProperty("areLocksKnown").GetBoolean().Should().BeTrue();
        foreach (var held in Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "locks")))
        {
            Mount.Run("chmod", "600", held);
        }

        var stats = await AsNobodyAsync(cache, "stats");
        stats.Json.GetProperty("areLocksKnown").GetBoolean().Should().BeFalse("locks that this user may not open say nothing");

        foreach (var closed in new[] { "sources/locks", "sources" })
        {
            Mount.Run("chmod", "700", Path.Combine(cache.CacheRoot(), closed));
            var visitor = await AsNobodyAsync(cache);

            visitor.Code.Should().Be(1, "a directory that may not be looked into is a finding, and hides no other one");
            Codes(visitor).Should().Contain(["not-usable", "not-looked-at"]);
            visitor.Output.Should().Contain(Path.Combine(cache.CacheRoot(), closed));
        }

        Mount.Run("chmod", "700", cache.CacheRoot());
        Codes(await AsNobodyAsync(cache)).Should().Equal("no-access");

        Mount.Run("chmod", "755", cache.CacheRoot());
        Mount.Run("chmod", "700", cache.Root);
        Codes(await AsNobodyAsync(cache)).Should().Equal("no-access");
    }

    [Fact]
    public async Task Settings_that_are_wrong_and_a_command_that_is_none_end_with_2()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var wrong = await ToolCall.RunAsync(cache.Root, new() { ["CACHE_MAX_SIZE"] = "many" }, "doctor", "-d", cache.CacheRoot());
        var none = await ToolCall.RunAsync(cache.Root, null, "heal");

        (wrong.Code, wrong.Output).Should().Be((2, ""));
        wrong.Error.Should().Contain("MaxSize");
        none.Code.Should().Be(2);
    }

    private static Task<ToolCall> AsNobodyAsync(TestCache cache, string command = "doctor") => ToolCall.AsNobodyAsync(cache, command, "--json");

    private static Task<ToolCall> OnSmallAsync(TestCache cache, params string[] more) =>
        ToolCall.RunAsync(cache.Root, new() { ["CACHE_MAX_SIZE"] = "1MB", ["Cache__MinFreeSpace"] = "0" }, ["doctor", "--json", "-d", cache.CacheRoot(), .. more]);

    private static IEnumerable<string?> Codes(ToolCall call) => call.Json.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("code").GetString());
}
