using SmartCache.Tests.Remote;
using SmartCache.Tests.Support;
using SmartCache.Tool;
using SmartCache.Tool.Output;

namespace SmartCache.Tests.Tool;

/// <summary><c>smartcache remote</c>: each subcommand on a store in memory, beside the worker that filled it.</summary>
public class RemoteCommandTests
{
    private static readonly string _hash = Bytes.Sha256(Host.Video);

    [Fact]
    public async Task Status_list_and_verify_say_what_is_there()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();

        var status = await RunAsync(host, store, "status", "--json");
        var list = await RunAsync(host, store, "ls", "--json");
        var verify = await RunAsync(host, store, "verify", "--json");

        (status.Code, list.Code, verify.Code).Should().Be((0, 0, 0), status.Error + list.Error + verify.Error);
        (status.Json.GetProperty("mode").GetString(), status.Json.GetProperty("owedEntries").GetInt32()).Should().Be(("Off", 0));
        list.Json.EnumerateArray().Select(static entry => entry.GetProperty("layer").GetString()).Should().BeEquivalentTo("sources", "profiles");
        (verify.Json.GetProperty("whole").GetInt32(), verify.Json.GetProperty("wrong").GetArrayLength()).Should().Be((2, 0));
        (await RunAsync(host, store, "ls")).Output.Should().Contain(_hash[..12]).And.Contain("2 entries");
        (await RunAsync(host, store, "status")).Output.Should().Contain("memory, below smartcache/v1/");
    }

    [Fact]
    public async Task Verify_deletes_what_is_wrong_only_when_somebody_says_so()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        var wrong = $"smartcache/v1/sources/{new string('a', 32)}";
        store[wrong] = store[$"smartcache/v1/sources/{_hash[..32]}"];

        var asked = await RunAsync(host, store, "verify", "--json");
        store.Names.Should().Contain(wrong);
        var done = await RunAsync(host, store, "verify", "--yes");

        (asked.Code, done.Code).Should().Be((1, 1), asked.Error + done.Error);
        (asked.Json.GetProperty("wrong").GetArrayLength(), asked.Json.GetProperty("deleted").GetInt32()).Should().Be((1, 0));
        done.Output.Should().Contain("1 of 1").And.Contain("aaaa");
        store.Names.Should().NotContain(wrong).And.Contain($"smartcache/v1/sources/{_hash[..32]}");
        (await RunAsync(host, store, "verify")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Looks_send_nothing_that_workers_owe()
    {
        var store = new MemoryObjectStore();
        await using var host = await OwingHostAsync(store);
        var owed = host.Outbox();

        foreach (var command in new[] { "status", "ls", "verify", "doctor" })
        {
            (await RunAsync(host, store, command)).Error.Should().BeEmpty();
        }

        owed.Should().HaveCount(2);
        host.Outbox().Should().BeEquivalentTo(owed, "no worker has sent it");
        store.Names.Should().NotContain(static name => name.Contains("/sources/") || name.Contains("/profiles/"));
        (await RunAsync(host, store, "push", "--json")).Json.GetProperty("sent").GetInt32().Should().Be(2);
        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Push_gives_nothing_up_that_the_workers_may_want_to_keep()
    {
        var store = new MemoryObjectStore();
        await using var host = await OwingHostAsync(store);
        var owed = host.Outbox();
        store.Before = static (operation, _) => operation == "put" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "full") : Task.CompletedTask;

        await RunAsync(host, store, "push");

        owed.Should().HaveCount(2);
        host.Outbox().Should().BeEquivalentTo(owed, "how long it may wait is for their settings to say");
    }

    [Fact]
    public async Task Rm_asks_first_and_deletes_the_source_with_its_profiles()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();

        var unasked = await RunAsync(host, store, "rm", "--source", _hash);
        store.Names.Should().Contain(static name => name.Contains("/sources/"));
        var done = await RunAsync(host, store, "rm", "--source", _hash, "--yes", "--json");

        (unasked.Code, done.Code).Should().Be((2, 0), done.Error);
        (done.Json.GetProperty("entries").GetInt32(), done.Json.GetProperty("isGone").GetBoolean()).Should().Be((2, true));
        store.Names.Should().NotContain(static name => name.Contains("/sources/") || name.Contains("/profiles/") || name.Contains("/keys/"));
        (await RunAsync(host, store, "rm", "--source", "abc", "--yes")).Code.Should().Be(2);
    }

    [Fact]
    public async Task Push_and_warm_move_entries_and_say_how_many()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        await using var second = new Host(store);
        await second.Cache.Manager.CleanupAsync();
        await second.Job.DownloadAsync();
        await second.Cache.Manager.FlushAsync();

        (await RunAsync(second, store, "warm")).Error.Should().Contain("--settings");
        await File.WriteAllTextAsync(Path.Combine(second.Cache.Root, "appsettings.json"), $$"""{ "Cache": { "Directory": "{{second.Cache.CacheRoot()}}", "MaxSize": "1GB", "MinFreeSpace": "1MB" } }""");
        var warm = await RunAsync(second, store, "warm", "--newest", "1GB", "--source", _hash, "--json");
        var push = await RunAsync(second, store, "push", "--json");

        (warm.Code, push.Code).Should().Be((0, 0), warm.Error + push.Error);
        (warm.Json.GetProperty("entries").GetInt32(), warm.Json.GetProperty("here").GetInt32()).Should().Be((1, 1));
        push.Json.GetProperty("there").GetInt32().Should().Be(2);
        (await RunAsync(second, store, "warm", "--newest", "much")).Code.Should().Be(2);
    }

    [Fact]
    public async Task Doctor_says_what_the_bucket_lacks_and_writes_it_when_asked_to()
    {
        var store = new RuledStore(new MemoryObjectStore());
        await using var host = new Host(store);
        await host.WorkAsync();

        var sick = await RunAsync(host, store, "doctor", "--json");
        var refused = await RunAsync(host, store, "doctor", "--write");
        store.Rules.Should().Be(new ObjectStoreRules());
        var mended = await RunAsync(host, store, "doctor", "--write", "--yes", "--json");

        (sick.Code, refused.Code, mended.Code).Should().Be((1, 2, 0), mended.Error);
        Codes(sick).Should().Equal("no-expiry", "no-abort");
        store.Rules.Should().Be(new ObjectStoreRules { ExpireAfter = TimeSpan.FromDays(30), AbortAfter = TimeSpan.FromDays(1) });
        mended.Json.GetProperty("isWritten").GetBoolean().Should().BeTrue();
        (await RunAsync(host, store, "doctor")).Code.Should().Be(0);
        store.Rules = new ObjectStoreRules { ExpireAfter = TimeSpan.FromDays(3), AbortAfter = TimeSpan.FromDays(1) };
        Codes(await RunAsync(host, store, "doctor", "--json")).Should().Equal("early-expiry");
    }

    [Theory]
    [InlineData("get", ObjectStoreFault.Unavailable, "store-unreachable")]
    [InlineData("get", ObjectStoreFault.ServerError, "store-fails")]
    [InlineData("get", ObjectStoreFault.Denied, "store-denied")]
    [InlineData("list", ObjectStoreFault.Misconfigured, "store-misconfigured")]
    [InlineData("get", ObjectStoreFault.Protocol, "store-protocol")]
    [InlineData("put", ObjectStoreFault.Full, "store-full")]
    [InlineData("put", ObjectStoreFault.Denied, "store-read-only")]
    public async Task Doctor_names_each_fault_of_the_store(string operation, ObjectStoreFault fault, string code)
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        store.Before = (asked, _) => asked == operation ? throw new ObjectStoreException(fault, $"{operation}: so it is") : Task.CompletedTask;

        var doctor = await RunAsync(host, store, "doctor", "--json");

        doctor.Code.Should().Be(1);
        Codes(doctor).Should().Equal(code);
        doctor.Output.Should().Contain("so it is");
    }

    [Fact]
    public async Task Doctor_finds_a_store_that_ignores_conditions_and_a_clock_that_is_wrong()
    {
        var store = new MemoryObjectStore { IgnoresConditions = true };
        await using var host = new Host(store);
        await host.WorkAsync();
        var late = new DrivenTime();
        late.Jump(TimeSpan.FromHours(1));

        Codes(await RunAsync(host, store, "doctor", "--json")).Should().Equal("no-conditions");
        store.Names.Should().NotContain(static name => name.Contains("doctor"));
        Codes(await RunAsync(host, store, late, "doctor", "--json")).Should().Contain("store-clock");
    }

    [Fact]
    public async Task Store_that_is_not_set_up_or_refuses_is_said_without_a_credential()
    {
        await using var host = new Host(null);
        await host.WorkAsync();
        Dictionary<string, string?> environment = new()
        {
            ["Cache__Remote__S3__Endpoint"] = "http://127.0.0.1:1", ["Cache__Remote__S3__Bucket"] = "cache", ["Cache__Remote__S3__AccessKey"] = "topaccess", ["Cache__Remote__S3__SecretKey"] = "topsecret",
        };

        var none = await ToolCall.RunAsync(host.Cache.Work, null, "remote", "ls", "-d", host.Cache.CacheRoot());
        var dead = await ToolCall.RunAsync(host.Cache.Work, environment, "remote", "ls", "-d", host.Cache.CacheRoot());
        var doctor = await ToolCall.RunAsync(host.Cache.Work, environment, "remote", "doctor", "-d", host.Cache.CacheRoot());

        (none.Code, dead.Code, doctor.Code).Should().Be((2, 2, 1), dead.Error);
        none.Error.Should().Contain("Cache:Remote:S3:Bucket");
        dead.Error.Should().Contain("smartcache remote doctor");
        doctor.Output.Should().Contain("store-unreachable");
        (dead.Output + dead.Error + doctor.Output + doctor.Error).Should().NotContainAny("topaccess", "topsecret", "X-Amz");
    }

    [Theory]
    [InlineData("--keep-profiles", false)]
    [InlineData(null, true)]
    public async Task Source_that_is_removed_here_goes_from_the_bucket_only_with_its_profiles_and_the_question_says_so(string? option, bool goes)
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Coordinate = false });
        await host.WorkAsync();
        string[] command = ["rm", TestJob.Url, .. option is null ? [] : new[] { option }];

        var asked = await InPoolAsync(host, store, "n\n", command);
        var done = await InPoolAsync(host, store, "y\n", command);

        (asked.Code, done.Code).Should().Be((1, 0), done.Error);
        asked.Error.Contains("in the bucket of its pool").Should().Be(goes);
        done.Output.Should().Contain(goes ? "The bucket of the pool loses" : "The bucket of the pool keeps");
        store.Names.Should().HaveCount(goes ? 0 : 3);
    }

    [Fact]
    public async Task Source_that_is_no_longer_here_goes_from_the_bucket_with_its_key()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Coordinate = false });
        await host.WorkAsync();
        await host.Cache.Manager.RemoveEntryAsync(EntryKind.Source, Bytes.Sha256(Host.Video)[..32]);

        (await InPoolAsync(host, store, "y\n", "rm", TestJob.Url)).Code.Should().Be(0);

        store.Names.Should().BeEmpty();
    }

    private static async Task<ToolCall> InPoolAsync(Host host, IObjectStore store, string answer, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader(answer);
        var settings = new Dictionary<string, string?> { ["Cache__Remote__Mode"] = "ReadWrite", ["Cache__Remote__S3__Bucket"] = "cache" };
        var tool = new ToolHost(output, error) { WorkingDirectory = host.Cache.Work, Environment = settings, Store = _ => store, Input = input, CanAsk = true };
        var code = await ToolEntry.RunAsync([.. arguments, "--directory", host.Cache.CacheRoot()], tool, CancellationToken.None);
        return new ToolCall(code, output.ToString(), error.ToString());
    }

    /// <summary>A host that has owed two entries for two days, and whose store works again.</summary>
    private static async Task<Host> OwingHostAsync(MemoryObjectStore store)
    {
        var longAgo = new DrivenTime();
        longAgo.Jump(TimeSpan.FromDays(-2));
        var host = new Host(store, time: longAgo);
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await host.WorkAsync();
        store.Throws = null;
        foreach (var rest in Directory.GetFiles(Path.Combine(host.Cache.Settings.Root, "remote"), "breaker-*"))
        {
            File.Delete(rest);
        }

        return host;
    }

    private static IEnumerable<string?> Codes(ToolCall call) => call.Json.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("code").GetString());

    private static Task<ToolCall> RunAsync(Host host, IObjectStore store, params string[] arguments) => RunAsync(host, store, TimeProvider.System, arguments);

    private static async Task<ToolCall> RunAsync(Host host, IObjectStore store, TimeProvider clock, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var tool = new ToolHost(output, error) { WorkingDirectory = host.Cache.Root, Environment = new Dictionary<string, string?>(), Store = _ => store, Clock = clock };
        var code = await ToolEntry.RunAsync(["remote", .. arguments, "--directory", host.Cache.CacheRoot()], tool, CancellationToken.None);
        return new ToolCall(code, output.ToString(), error.ToString());
    }
}
