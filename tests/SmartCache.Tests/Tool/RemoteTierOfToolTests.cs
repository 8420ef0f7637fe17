using SmartCache.Tests.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>What <c>stats</c>, <c>report</c> and <c>doctor</c> say of a host's part in a pool.</summary>
public class RemoteTierOfToolTests
{
    [Fact]
    public async Task Stats_and_report_say_what_was_given_and_taken()
    {
        var store = new MemoryObjectStore();
        await using var first = Host(store);
        await first.WorkAsync();
        await using var second = Host(store);
        await second.WorkAsync();
        await first.Cache.Manager.CleanupAsync();
        await second.Cache.Manager.CleanupAsync();

        var given = (await ToolCall.OnAsync(first.Cache, "stats", "--json")).Json.GetProperty("remote");
        var taken = (await ToolCall.OnAsync(second.Cache, "report", "--json")).Json.GetProperty("remote");
        var page = (await ToolCall.OnAsync(second.Cache, "report", "-o", "-")).Output;
        var text = (await ToolCall.OnAsync(first.Cache, "stats")).Output;

        (given.GetProperty("sentEntries").GetInt32(), given.GetProperty("sentBytes").GetInt64() > 50_000, given.GetProperty("sourceHits").GetInt32()).Should().Be((2, true, 0));
        (taken.GetProperty("sourceHits").GetInt32(), taken.GetProperty("profileHits").GetInt32(), taken.GetProperty("sentEntries").GetInt32()).Should().Be((1, 1, 0));
        taken.GetProperty("fetchedBytes").GetInt64().Should().BeGreaterThan(50_000);
        page.Should().Contain("Shared with the pool").And.Contain("1 sources, 1 profiles").And.Contain("jobs ask the store");
        text.Should().Contain("Shared with the pool: mode not known").And.Contain("2 entries");
    }

    [Fact]
    public async Task What_waits_what_was_given_up_and_a_rest_are_told_with_the_mode_of_the_settings()
    {
        var store = new MemoryObjectStore { Before = static (operation, _) => operation == "put" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "full") : Task.CompletedTask };
        var time = new DrivenTime();
        await using var host = Host(store, time);
        await host.WorkAsync();
        await Until.TrueAsync(() => File.Exists(Path.Combine(host.Cache.Settings.Root, "remote", "breaker-writes")));
        var settings = Path.Combine(host.Cache.Root, "appsettings.json");
        await File.WriteAllTextAsync(settings, $$"""{ "Cache": { "Directory": "{{host.Cache.CacheRoot()}}", "MaxSize": "1GB", "Remote": { "Mode": "WriteOnly" } } }""");

        var waits = (await ToolCall.RunAsync(host.Cache.Root, null, "stats", "--json", "--settings", settings)).Json.GetProperty("remote");
        time.Jump(TimeSpan.FromHours(25));
        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();
        var dropped = (await ToolCall.RunAsync(host.Cache.Root, null, "report", "--json", "--settings", settings)).Json.GetProperty("remote");

        (waits.GetProperty("mode").GetString(), waits.GetProperty("owedEntries").GetInt32(), waits.GetProperty("droppedEntries").GetInt32()).Should().Be(("WriteOnly", 2, 0));
        waits.GetProperty("writesRest").GetProperty("failures").GetInt32().Should().BePositive();
        (dropped.GetProperty("owedEntries").GetInt32(), dropped.GetProperty("droppedEntries").GetInt32()).Should().Be((0, 2));
    }

    [Fact]
    public async Task Without_a_pool_nothing_is_said_of_one()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await using var left = Host(new MemoryObjectStore());
        await left.WorkAsync();
        var settings = Path.Combine(left.Cache.Root, "appsettings.json");
        await File.WriteAllTextAsync(settings, $$"""{ "Cache": { "Directory": "{{left.Cache.CacheRoot()}}", "MaxSize": "1GB", "Remote": { "Mode": "Off" } } }""");

        var page = (await ToolCall.OnAsync(cache, "report", "-o", "-")).Output + (await ToolCall.OnAsync(cache, "stats")).Output;
        var off = (await ToolCall.RunAsync(left.Cache.Root, null, "report", "-o", "-", "--settings", settings)).Output;

        (page + off).Should().NotContainAny("Shared with the pool", "Owed", "jobs ask the store").And.Contain("Space");
    }

    [MountTheory("setpriv")]
    [InlineData("chown 20002", "outbox", "other-owner")]
    [InlineData("chmod 777", "", "open-to-all")]
    [InlineData("chmod 777", "outbox", "open-to-all")]
    public async Task Doctor_looks_at_owners_and_modes_of_what_is_owed(string how, string where, string code)
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        await using var host = Host(store, new DrivenTime());
        await host.WorkAsync();
        host.Outbox().Should().HaveCount(2);
        var remote = Path.Combine(host.Cache.Settings.Root, "remote", where);
        Mount.Run("chown", "-R", "20001", host.Cache.CacheRoot());
        Mount.Run("chmod", "600", Directory.GetFiles(Path.Combine(host.Cache.Settings.Root, "remote", "outbox"))[0]);
        Mount.Run(how.Split(' ')[0], how.Split(' ')[1], how.StartsWith("chown", StringComparison.Ordinal) ? Directory.GetFiles(remote)[0] : remote.TrimEnd('/'));

        var doctor = await ToolCall.OnAsync(host.Cache, "doctor", "--json");

        var finding = doctor.Json.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("code").GetString() == code);
        finding.GetProperty("path").GetString().Should().StartWith(remote.TrimEnd('/'));
    }

    [MountFact("setpriv")]
    public async Task Doctor_says_where_the_worker_may_not_note_what_it_owes()
    {
        var store = new MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") };
        await using var host = Host(store, new DrivenTime());
        await host.WorkAsync();
        var outbox = Path.Combine(host.Cache.Settings.Root, "remote", "outbox");
        Mount.Run("chown", "-R", "65534:65534", host.Cache.CacheRoot());
        Mount.Run("chmod", "711", host.Cache.Root);
        Mount.Run("chmod", "500", outbox);

        var doctor = await ToolCall.AsNobodyAsync(host.Cache, "doctor", "--json");

        doctor.Json.GetProperty("findings").EnumerateArray().Where(static finding => finding.GetProperty("code").GetString() == "not-usable")
            .Select(static finding => finding.GetProperty("path").GetString()).Should().Equal(outbox);
    }

    private static Host Host(IObjectStore store, TimeProvider? time = null) => new(store, configure: static settings => settings with { History = 1_000_000 }, time: time);
}
