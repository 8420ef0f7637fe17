using SmartCache.Tests.Support;
using SmartCache.Tool.Finding;

namespace SmartCache.Tests.Tool;

/// <summary><c>--unit</c>: the cache of a systemd unit's worker. systemd is not here: a program in the path prints what systemd 252 prints.</summary>
public class UnitFindingTests
{
    [Fact]
    public async Task Cache_directory_of_the_unit_leads_there_and_this_shell_says_nothing()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using var systemd = new FakeSystemd(cache, $"Environment=Cache__Directory={cache.CacheRoot()} \"NOTE=two words and a \\\"quote\\\"\" CACHE_MAX_SIZE=20GB", "WorkingDirectory=!/", "User=encoder");

        var stats = await systemd.RunAsync(new() { ["Cache__Directory"] = "/nowhere", ["CACHE_MAX_SIZE"] = "1TB", ["Cache__MaxAge"] = "of this shell" }, "stats", "--json", "--unit", "encoder");

        stats.Code.Should().Be(0, stats.Error);
        stats.Json.GetProperty("directory").GetString().Should().Be(cache.CacheRoot());
        stats.Json.GetProperty("space").GetProperty("limitBytes").GetInt64().Should().Be(20_000_000_000);
        systemd.Asked.Should().Be("show --no-pager -p LoadState -p Environment -p EnvironmentFiles -p WorkingDirectory -p CacheDirectory -p User -p ExecStart -- encoder");
    }

    [Fact]
    public async Task Files_of_variables_working_directory_and_command_line_are_read_as_the_worker_would_have_them()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(cache.WorkPath("appsettings.json"), """{ "Cache": { "Directory": "../cache", "MaxAge": "2h" } }""");
        await File.WriteAllTextAsync(cache.WorkPath("first.env"), "# how large\nCACHE_MAX_SIZE=\"30GB\"\n; and\nCache__LockTimeout='7m'\nCache__OperationTimeout=2\\\n0s\n");
        using var systemd = new FakeSystemd(
            cache,
            "Environment=CACHE_MAX_SIZE=10GB",
            $"EnvironmentFiles={cache.WorkPath("first.env")} (ignore_errors=no)",
            "EnvironmentFiles=/nowhere/second.env (ignore_errors=yes)",
            $"WorkingDirectory={cache.Work}",
            "CacheDirectory=",
            "ExecStart={ path=/usr/bin/dotnet ; argv[]=/usr/bin/dotnet /srv/worker.dll --Cache:MaxAge=3h --Cache:VerifyInterval 9d ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }");

        var explained = await systemd.RunAsync([], "explain-settings", "--json", "-u", "encoder");

        var settings = explained.Json.GetProperty("settings").EnumerateArray().ToDictionary(static one => one.GetProperty("key").GetString()!, static one => (one.GetProperty("value").GetString(), one.GetProperty("origin").GetString()));
        settings["Cache:Directory"].Should().Be((cache.CacheRoot(), "Cache:Directory in appsettings.json"));
        settings["Cache:MaxSize"].Should().Be(("30GB", "CACHE_MAX_SIZE in Environment"), "a file goes over Environment=");
        settings["Cache:LockTimeout"].Item1.Should().Be("7m");
        settings["Cache:OperationTimeout"].Item1.Should().Be("20s");
        settings["Cache:MaxAge"].Should().Be(("3h", "Cache:MaxAge in CommandLine"));
        settings["Cache:VerifyInterval"].Item1.Should().Be("9d");
        explained.Output.Should().Contain("/nowhere/second.env, which cannot be read");
    }

    [Fact]
    public async Task Hint_and_what_was_looked_at_name_the_unit_and_where_nothing_is_it_says_so()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using var systemd = new FakeSystemd(cache, "CacheDirectory=smartcache-of-a-test other", "WorkingDirectory=");

        var missing = await systemd.RunAsync([], "stats", "--unit", "encoder");
        (missing.Code, missing.Output).Should().Be((2, ""));
        missing.Error.Should().Contain("--unit: encoder").And.Contain("its CacheDirectory: smartcache-of-a-test").And.Contain("so it was looked for in: /var/cache/smartcache-of-a-test");

        using var found = new FakeSystemd(cache, $"Environment=CACHE_DIRECTORY={cache.CacheRoot()}");
        (await found.RunAsync([], "jobs", "--unit", "encoder")).Output.Should().Contain("--unit encoder");

        using var unknown = new FakeSystemd(cache, "LoadState=not-found");
        var none = await unknown.RunAsync([], "stats", "--unit", "encoder");
        (none.Code, none.Error.Contains("systemd knows no unit 'encoder'", StringComparison.Ordinal)).Should().Be((2, true));

        var without = await ToolCall.RunAsync(cache.Root, new() { ["PATH"] = cache.Work }, "stats", "--unit", "encoder");
        (without.Code, without.Error.Contains("there is no systemctl here", StringComparison.Ordinal)).Should().Be((2, true));
    }

    [Fact]
    public void Words_are_split_as_systemd_quotes_them() =>
        UnitWords.Split("""A=1 "B=two words" "C=a\"b\\c\$d" $'E=x y' F=""").Should().Equal("A=1", "B=two words", "C=a\"b\\c$d", "E=x y", "F=");

    private sealed class FakeSystemd : IDisposable
    {
        private readonly TestCache _cache;
        private readonly string _directory;

        public FakeSystemd(TestCache cache, params string[] lines)
        {
            (_cache, _directory) = (cache, Directory.CreateTempSubdirectory("smartcache-systemd-").FullName);
            if (!lines.Any(static line => line.StartsWith("LoadState=", StringComparison.Ordinal)))
            {
                lines = ["LoadState=loaded", .. lines];
            }

            File.WriteAllText(Path.Combine(_directory, "printed"), string.Join('\n', lines) + "\n");
            File.WriteAllText(Path.Combine(_directory, "systemctl"), "#!/bin/sh\nd=$(dirname \"$0\")\necho \"$*\" > \"$d/asked\"\ncat \"$d/printed\"\n");
            Mount.Run("chmod", "700", Path.Combine(_directory, "systemctl"));
        }

        public string Asked => File.ReadAllText(Path.Combine(_directory, "asked")).Trim();

        public Task<ToolCall> RunAsync(Dictionary<string, string?> environment, params string[] arguments)
        {
            environment["PATH"] = _directory + ":/usr/bin:/bin";
            return ToolCall.RunAsync(_cache.Root, environment, arguments);
        }

        public void Dispose() => Directory.Delete(_directory, recursive: true);
    }
}
