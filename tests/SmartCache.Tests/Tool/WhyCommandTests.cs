using SmartCache.Tests.Support;
using SmartCache.Tool.Commands;
using SmartCache.Tool.Views;
using SmartCache.Tool.Why;

namespace SmartCache.Tests.Tool;

/// <summary><c>why</c>: for each end of an entry, and each reason, what it says.</summary>
public class WhyCommandTests
{
    private const string Key = "00112233445566778899aabbccddeeff_ffeeddccbbaa99887766554433221100";

    public static TheoryData<CacheReason> Reasons => [.. Enum.GetValues<CacheReason>()];

    [Fact]
    public async Task Entry_that_is_there_is_found_by_its_name_and_by_the_key_that_led_to_it()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var identity = SourceKey.From(new DownloadRequest(TestJob.Url, "x")).Name;

        var byIdentity = await ToolCall.OnAsync(cache, "why", identity, "--json");
        var byName = await ToolCall.OnAsync(cache, "why", cache.Names().Single());

        (byIdentity.Code, FateOf(byIdentity), byIdentity.Json.GetProperty("entry").GetString()).Should().Be((0, "Present", cache.Names().Single()));
        byIdentity.Json.GetProperty("lastRequest").GetProperty("outcome").GetString().Should().Be("Hit");
        byName.Code.Should().Be(0);
        byName.Output.Should().Contain("it is there").And.Contain("Next: smartcache show");
    }

    [Fact]
    public async Task Entry_that_expired_or_was_evicted_says_by_which_limit_and_what_to_do()
    {
        await using var cache = await ToolCall.UsedCacheAsync(retried: false);
        await cache.Manager.CompleteJobAsync("job-1");
        var (source, profile) = (cache.Names().Single(), Path.GetFileName(cache.Entries("profiles").Single()));
        cache.SetLastAccess(source, TimeSpan.FromHours(30));
        await cache.Manager.CleanupAsync();
        cache.Put(Entries.NameOf(9), Bytes.Random(5_000_000));
        cache.Settings = cache.Settings with { MaxSize = 4_000_000 };
        await cache.Manager.CleanupAsync();
        await cache.Manager.FlushAsync();

        var expired = await ToolCall.OnAsync(cache, "why", source, "--json");
        var evicted = await ToolCall.OnAsync(cache, "why", profile, "--json");

        (expired.Code, FateOf(expired), expired.Json.GetProperty("limit").GetString()).Should().Be((1, "Expired", "MaxAge"));
        (evicted.Code, FateOf(evicted), evicted.Json.GetProperty("limit").GetString(), evicted.Json.GetProperty("policy").GetString()).Should().Be((1, "Evicted", "MaxSize", "LRU"));
        evicted.Json.GetProperty("whatToDo").GetString().Should().Contain("MaxSize");
        (await ToolCall.OnAsync(cache, "why", profile)).Output.Should().Contain("it was evicted for MaxSize");
    }

    [Fact]
    public async Task Entry_that_was_quarantined_removed_or_rejected_says_so()
    {
        await using var cache = await ToolCall.UsedCacheAsync(retried: false);
        var (source, profile) = (cache.Names().Single(), Path.GetFileName(cache.Entries("profiles").Single()));
        Spoil.Silently(cache.Entries("profiles").Single());
        await cache.Manager.VerifyAsync();
        await cache.Manager.RejectSourceAsync(await new TestJob(cache, new FakeDownloader(UseOfACache.Video)).DownloadAsync(), "a bad video");
        await cache.Manager.FlushAsync();

        FateOf(await ToolCall.OnAsync(cache, "why", profile, "--json")).Should().Be("Quarantined");
        FateOf(await ToolCall.OnAsync(cache, "why", source, "--json")).Should().Be("Rejected");

        await cache.UseAsync();
        await cache.Manager.RemoveBySourceAsync(UseOfHash);
        await cache.Manager.FlushAsync();
        FateOf(await ToolCall.OnAsync(cache, "why", profile, "--json")).Should().Be("Removed");
    }

    [Fact]
    public async Task Source_that_was_refused_says_with_which_reason_and_what_to_do()
    {
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        await new TestJob(cache, new FakeDownloader("<html><body>an error page</body></html>"u8.ToArray())).DownloadAsync();
        await cache.Manager.FlushAsync();

        var why = await ToolCall.OnAsync(cache, "why", SourceKey.From(new DownloadRequest(TestJob.Url, "x")).Name, "--json");

        (why.Code, FateOf(why), why.Json.GetProperty("reason").GetString()).Should().Be((1, "Refused", "Refused"));
        why.Json.GetProperty("whatToDo").GetString().Should().Contain("origin");
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Each_reason_of_a_miss_is_named_with_its_meaning_and_what_to_do(CacheReason reason)
    {
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        await cache.Manager.CleanupAsync();
        cache.Layer().Record(new HistoryEvent { Kind = HistoryEventKind.Requested, Layer = "profiles", Outcome = CacheOutcome.Miss, Reason = reason, Key = Key });
        await cache.Manager.FlushAsync();

        var why = await ToolCall.OnAsync(cache, "why", Key[..8]);

        why.Code.Should().Be(1);
        why.Output.Should().Contain($"Miss, {reason}: {ReasonTexts.MeaningOf(reason)}").And.Contain("NeverStored");
        if (reason != CacheReason.None)
        {
            why.Output.Should().Contain(ReasonTexts.WhatToDo(reason));
        }
    }

    [Theory]
    [InlineData(CacheOutcome.Hit)]
    [InlineData(CacheOutcome.Joined)]
    public void What_was_served_is_never_said_to_have_never_been_stored(CacheOutcome outcome)
    {
        var served = new HistoryEvent { Kind = HistoryEventKind.Requested, Layer = "profiles", Outcome = outcome, Key = Key };

        new FateFinder(new Traces([], [], [served])).Of(Key).Fate.Should().Be(Fate.Gone);
    }

    [Fact]
    public void Every_reason_has_a_text_of_its_own() =>
        Enum.GetValues<CacheReason>().Select(ReasonTexts.MeaningOf).Should().OnlyHaveUniqueItems().And.NotContain(static text => text.Contains("does not know", StringComparison.Ordinal));

    [Fact]
    public async Task Nothing_is_known_of_a_key_of_nothing()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var why = await ToolCall.OnAsync(cache, "why", "ffff", "--json");

        (why.Code, FateOf(why)).Should().Be((1, "Unknown"));
        why.Json.GetProperty("meaning").GetString().Should().StartWith("nothing is known of it");
    }

    [Fact]
    public async Task Job_is_answered_for_each_thing_that_it_used_also_when_only_the_history_knows_it()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var entries = new[] { cache.Names().Single(), Path.GetFileName(cache.Entries("profiles").Single()) };

        var known = await ToolCall.OnAsync(cache, "why", "job-1", "--json");
        await cache.Manager.Uploads.RemoveAsync("job-1");
        var forgotten = await ToolCall.OnAsync(cache, "why", "job-1", "--json");

        foreach (var why in new[] { known, forgotten })
        {
            why.Code.Should().Be(0);
            why.Json.GetProperty("job").GetString().Should().Be(JobNames.DigitsOf("job-1"));
            why.Json.GetProperty("keys").EnumerateArray().Where(static key => key.GetProperty("fate").GetString() == "Present")
                .Select(static key => key.GetProperty("entry").GetString() ?? key.GetProperty("key").GetString()).Should().BeEquivalentTo(entries);
        }

        known.Json.GetProperty("id").GetString().Should().Be("job-1");
        forgotten.Json.GetProperty("id").GetString().Should().BeNull();
    }

    private static string UseOfHash => Bytes.Sha256(UseOfACache.Video);

    private static string? FateOf(ToolCall call) => call.Json.GetProperty("fate").GetString();
}
