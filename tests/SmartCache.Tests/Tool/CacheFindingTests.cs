using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>The directory is found as a worker finds it.</summary>
public class CacheFindingTests
{
    [Fact]
    public async Task Settings_file_environment_and_option_lead_there()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(Path.Combine(cache.Root, "appsettings.json"), """{ "Cache": { "Directory": "cache", "EvictionPolicy": "OF-THE-WORKER" } }""");
        var root = cache.CacheRoot();

        (await DirectoryOf(cache.Root, null)).Should().Be(root, "appsettings.json of the working directory");
        (await DirectoryOf(cache.Work, null, "--settings", "../appsettings.json")).Should().Be(root, "relative to the file");
        (await DirectoryOf(cache.Work, new() { ["CACHE_DIRECTORY"] = root + ":/other" })).Should().Be(root, "as systemd sets it");
        (await DirectoryOf(cache.Work, new() { ["Cache__Directory"] = root })).Should().Be(root);
        (await DirectoryOf(cache.Work, new() { ["Cache__Directory"] = root, ["http_proxy"] = "", ["HTTP_PROXY"] = "" })).Should().Be(root, "names that differ in case alone stand side by side");
        (await DirectoryOf(cache.Work, new() { ["CACHE_DIRECTORY"] = "/nowhere" }, "--directory", "../cache")).Should().Be(root, "the option goes first");
    }

    [Fact]
    public async Task Layers_elsewhere_of_another_caches_settings_are_not_taken_for_those_of_the_directory_that_is_named()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(cache.WorkPath("appsettings.json"), """{ "Cache": { "Directory": "/var/cache/other", "Locations": { "Sources": "/var/cache/other-sources" } } }""");

        var stats = await ToolCall.RunAsync(cache.Work, null, "stats", "--json", "-d", cache.CacheRoot());

        stats.Json.GetProperty("layers")[0].GetProperty("directory").GetString().Should().Be(Path.Combine(cache.CacheRoot(), "sources"));
    }

    [Fact]
    public async Task Limits_of_another_caches_settings_or_of_none_are_not_shown_and_not_judged_by()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var foreign = new Dictionary<string, string?> { ["CACHE_DIRECTORY"] = "/var/cache/other", ["Cache__MinFreeSpace"] = "900000TB" };

        (await ToolCall.RunAsync(cache.Work, null, "stats", "-d", cache.CacheRoot())).Output.Should().Contain("limits are not known: give --settings");
        (await ToolCall.RunAsync(cache.Work, foreign, "doctor", "-d", cache.CacheRoot())).Output.Should().NotContain("free-space").And.NotContain("max-size");
        (await ToolCall.RunAsync(cache.Work, new() { ["CACHE_DIRECTORY"] = cache.CacheRoot() }, "stats")).Output.Should().Contain("limits are not known", "a worker's unit may set more than this shell");
        (await ToolCall.RunAsync(cache.Work, new() { ["CACHE_DIRECTORY"] = cache.CacheRoot(), ["CACHE_MAX_SIZE"] = "20GB" }, "stats")).Output.Should().NotContain("limits are not known");
    }

    [Fact]
    public async Task Nothing_found_says_where_it_was_looked_for_and_makes_nothing()
    {
        await using var cache = new TestCache();

        var stats = await ToolCall.RunAsync(cache.Work, new() { ["CACHE_DIRECTORY"] = cache.WorkPath("missing") }, "stats", "--json");

        (stats.Code, stats.Output).Should().Be((2, ""));
        stats.Error.Should().Contain("--directory: not given").And.Contain("appsettings.json, which is not there").And.Contain($"CACHE_DIRECTORY: {cache.WorkPath("missing")}");
        Directory.GetFileSystemEntries(cache.Work).Should().BeEmpty();
        (await ToolCall.RunAsync(cache.Work, null, "stats", "--settings", "missing.json")).Code.Should().Be(2);
    }

    [Fact]
    public async Task Hint_leads_to_the_same_cache()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        (await ToolCall.OnAsync(cache, "jobs")).Output.Should().Contain($" --directory {cache.CacheRoot()}   says all of one");
        (await ToolCall.RunAsync(cache.Root, null, "doctor", "-d", "it's")).Output.Should().Contain("""Next: smartcache stats --directory 'it'\''s'""");
    }

    [Fact]
    public async Task Wrong_command_with_json_prints_nothing_that_is_no_json()
    {
        var wrong = await ToolCall.RunAsync(Path.GetTempPath(), null, "ls", "videos", "--json");

        (wrong.Code, wrong.Output.Trim()).Should().Be((2, ""));
        wrong.Error.Should().Contain("videos");
    }

    private static async Task<string?> DirectoryOf(string workingDirectory, Dictionary<string, string?>? environment, params string[] arguments)
    {
        var stats = await ToolCall.RunAsync(workingDirectory, environment, ["stats", "--json", .. arguments]);
        stats.Error.Should().BeEmpty();
        return stats.Json.GetProperty("directory").GetString();
    }
}
