using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>explain-settings</c>: every setting with where it came from.</summary>
public class ExplainCommandTests
{
    [Fact]
    public async Task Each_origin_is_named_and_the_rest_are_defaults()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(Path.Combine(cache.Root, "appsettings.json"), """{ "Cache": { "Directory": "cache", "MaxAge": "2h", "MinFreeSpace": "1GB" } }""");
        await File.WriteAllTextAsync(Path.Combine(cache.Root, "appsettings.Night.json"), """{ "Cache": { "MinFreeSpace": "2GB" } }""");
        var environment = new Dictionary<string, string?> { ["CACHE_MAX_SIZE"] = "20GB", ["Cache__LockTimeout"] = "3m", ["DOTNET_ENVIRONMENT"] = "Night" };

        var explained = await ToolCall.RunAsync(cache.Root, environment, "explain-settings", "--json");

        explained.Code.Should().Be(0, explained.Error);
        Of(explained, "MaxAge").Should().Be(("2h", "Cache:MaxAge in appsettings.json", false));
        Of(explained, "MinFreeSpace").Should().Be(("2GB", "Cache:MinFreeSpace in appsettings.Night.json", false));
        Of(explained, "MaxSize").Should().Be(("20GB", "CACHE_MAX_SIZE in Environment", false));
        Of(explained, "LockTimeout").Should().Be(("3m", "Cache:LockTimeout in Environment", false));
        Of(explained, "Directory").Should().Be((cache.CacheRoot(), "Cache:Directory in appsettings.json", false));
        Of(explained, "EvictionPolicy").Should().Be(("LRU", "default", true));
        explained.Json.GetProperty("settings").GetArrayLength().Should().Be(SmartCache.Configuration.SettingTable.All.Count);
        Of(await ToolCall.RunAsync(cache.Work, null, "explain-settings", "--json", "-d", cache.CacheRoot()), "Directory").Should().Be((cache.CacheRoot(), "--directory", false));

        var text = await ToolCall.RunAsync(cache.Root, environment, "explain-settings");
        text.Output.Should().Contain("Cache:MaxSize").And.Contain("at the next start").And.Contain("so it was looked for in").And.Contain("Next: smartcache doctor");
    }

    [Fact]
    public async Task What_is_wrong_or_unknown_is_told_and_no_secret_is_shown()
    {
        var environment = new Dictionary<string, string?>
        {
            ["CACHE_MAX_SIZE"] = "many", ["Cache__MaxAgee"] = "1h", ["Cache__LockTimeout"] = "https://user:hunter2@example.test/", ["CACHE_EVICTION_POLICY"] = "OF-THE-WORKER",
        };

        var explained = await ToolCall.RunAsync(Path.GetTempPath(), environment, "explain-settings", "--json");
        var text = await ToolCall.RunAsync(Path.GetTempPath(), environment, "explain-settings");

        (explained.Code, text.Code).Should().Be((1, 1));
        explained.Json.GetProperty("unknownKeys")[0].GetString().Should().Be("Cache:MaxAgee");
        explained.Json.GetProperty("settings").EnumerateArray().Where(static setting => setting.GetProperty("problem").GetString() is not null).Select(static setting => setting.GetProperty("key").GetString())
            .Should().Equal("Cache:MaxSize", "Cache:LockTimeout");
        (explained.Output + text.Output).Should().NotContain("hunter2").And.Contain("https://");
        text.Output.Should().Contain("Wrong: CACHE_MAX_SIZE").And.Contain("Unknown: Cache:MaxAgee");
    }

    private static (string? Value, string? Origin, bool IsDefault) Of(ToolCall call, string path)
    {
        var setting = call.Json.GetProperty("settings").EnumerateArray().Single(setting => setting.GetProperty("key").GetString() == "Cache:" + path);
        return (setting.GetProperty("value").GetString(), setting.GetProperty("origin").GetString(), setting.GetProperty("isDefault").GetBoolean());
    }
}
