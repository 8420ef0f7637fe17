using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>verify</c> reads every byte, says what is wrong, and takes it away only with a yes.</summary>
public class VerifyCommandTests
{
    [Fact]
    public async Task Whole_cache_is_whole_and_nothing_in_it_is_touched()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var before = ToolCall.Listing(cache.CacheRoot());

        var verify = await ToolCall.OnAsync(cache, "verify", "--json");
        var text = await ToolCall.OnAsync(cache, "verify", "profiles");

        (verify.Code, verify.Json.GetProperty("entries").GetInt32(), verify.Json.GetProperty("whole").GetInt32()).Should().Be((0, 2, 2));
        verify.Json.GetProperty("bytes").GetInt64().Should().BeGreaterThan(50_000);
        (text.Code, text.Error).Should().Be((0, ""));
        text.Output.Should().Contain("1 entries").And.Contain("1 whole").And.Contain("Next: smartcache doctor");
        ToolCall.Listing(cache.CacheRoot()).Should().Be(before);
    }

    [Theory]
    [InlineData("bytes", "has other bytes")]
    [InlineData("length", "is missing or has another size")]
    [InlineData("missing", "is missing or has another size")]
    [InlineData("manifest", "manifest")]
    public async Task What_is_wrong_is_told_and_stays_until_somebody_says_yes(string damage, string why)
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var entry = cache.Entries("profiles").Single();
        Damage(entry, damage);
        var before = ToolCall.Listing(cache.CacheRoot());

        var told = await ToolCall.OnAsync(cache, "verify", "--json");
        ToolCall.Listing(cache.CacheRoot()).Should().Be(before, "nobody has said yes");
        var done = await ToolCall.OnAsync(cache, "verify", Path.GetFileName(entry)[..8] + "_", "--yes", "--json");

        (told.Code, told.Json.GetProperty("whole").GetInt32(), told.Json.GetProperty("quarantined").GetInt32()).Should().Be((1, 1, 0));
        told.Json.GetProperty("wrong")[0].GetProperty("key").GetString().Should().Be(Path.GetFileName(entry));
        told.Json.GetProperty("wrong")[0].GetProperty("why").GetString().Should().Contain(why);
        (done.Code, done.Json.GetProperty("quarantined").GetInt32()).Should().Be((1, 1));
        Directory.Exists(entry).Should().BeFalse();
        (await ToolCall.OnAsync(cache, "verify")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Question_is_asked_on_a_terminal_and_no_changes_nothing()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var entry = cache.Entries("profiles").Single();
        Damage(entry, "bytes");

        (await AnsweredAsync(cache, "n\n")).Error.Should().Contain("into quarantine (").And.EndWith("? [y/N] ");
        Directory.Exists(entry).Should().BeTrue();
        (await AnsweredAsync(cache, "y\n")).Output.Should().Contain("1 put into quarantine");
        Directory.Exists(entry).Should().BeFalse();
    }

    [Fact]
    public async Task Cache_that_is_switched_off_is_not_changed_and_says_why()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Damage(cache.Entries("profiles").Single(), "bytes");
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "DISABLED"), "");

        var verify = await ToolCall.OnAsync(cache, "verify", "--yes", "--json");

        (verify.Code, verify.Json.GetProperty("quarantined").GetInt32()).Should().Be((1, 0));
        verify.Json.GetProperty("faults")[0].GetString().Should().Contain("DISABLED");
        cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task History_of_a_worker_with_a_larger_bound_is_not_shortened_by_a_change_without_its_settings()
    {
        await using var cache = new TestCache(static settings => settings with { History = 20_000_000 });
        await cache.UseAsync();
        await cache.Manager.FlushAsync();
        Damage(cache.Entries("profiles").Single(), "bytes");
        var old = Path.Combine(cache.CacheRoot(), "history", "00000000.events");
        await File.WriteAllBytesAsync(old, new byte[9_000_000]);

        (await ToolCall.OnAsync(cache, "verify", "--yes", "--json")).Json.GetProperty("quarantined").GetInt32().Should().Be(1);

        File.Exists(old).Should().BeTrue("the tool's default of 8 MB is not this cache's");
    }

    [Fact]
    public async Task Terminal_is_shown_how_far_it_is()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        (await AnsweredAsync(cache, "", width: 120)).Error.Should().Contain("0 of 2 entries, 50.0 kB of");
        (await AnsweredAsync(cache, "")).Error.Should().BeEmpty("a file has no place for that");
    }

    [Fact]
    public async Task Entry_that_is_leased_is_read_all_the_same_and_one_that_nobody_has_is_not_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using (cache.TryLease(cache.Names().Single(), out _))
        {
            (await ToolCall.OnAsync(cache, "verify", "sources")).Code.Should().Be(0);
        }

        var none = await ToolCall.OnAsync(cache, "verify", "ffff");
        (none.Code, none.Output).Should().Be((1, ""));
        none.Error.Should().Contain("Next: smartcache why ffff");
    }

    [MountFact("setpriv")]
    public async Task What_this_user_may_not_read_is_not_known_and_not_wrong()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Mount.Run("chmod", "-R", "a+rX", cache.Root);
        foreach (var file in Spoil.Payload(cache.Entries("profiles").Single()))
        {
            Mount.Run("chmod", "600", file);
        }

        var verify = await ToolProcess.RunBehindAsync(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], "verify", "--json", "-d", cache.CacheRoot());

        verify.Code.Should().Be(1);
        (verify.Json.GetProperty("wrong").GetArrayLength(), verify.Json.GetProperty("unknown")[0].GetProperty("verdict").GetString()).Should().Be((0, "Unreadable"));
    }

    private static void Damage(string entry, string damage)
    {
        var file = Spoil.Payload(entry).Order().First();
        switch (damage)
        {
            case "bytes":
                Spoil.Silently(entry);
                break;
            case "length":
                File.AppendAllText(file, "x");
                break;
            case "missing":
                File.Delete(file);
                break;
            default:
                File.WriteAllText(Path.Combine(entry, "manifest.json"), "{");
                break;
        }
    }

    private static async Task<ToolCall> AnsweredAsync(TestCache cache, string answer, int? width = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new SmartCache.Tool.Output.ToolHost(output, error)
        {
            WorkingDirectory = cache.Root, Environment = new Dictionary<string, string?>(), Input = new StringReader(answer), CanAsk = true, Width = width, CanOverwrite = true,
        };
        var code = await SmartCache.Tool.ToolEntry.RunAsync(["verify", "-d", cache.CacheRoot()], host, CancellationToken.None);
        return new ToolCall(code, output.ToString(), error.ToString());
    }
}
