using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>A source that was cached under one scope is never given to another, whatever characters the two are made of.</summary>
public class ScopeTests
{
    private static readonly string?[] Scopes =
    [
        null, "", " ", "a", "A", "a ", "a\0", "a\0b", "ab", "a,b", "a;b", "a=b", "a&scope=b", "1:a", "option.x", "\u00e9", "e\u0301", "\u0430", "\ufffd",
        "\ud800", "\ud801", "a\ud800", "a\ud801", "a\udc00", "\ud83d\ude00",
    ];

    [Fact]
    public void Keys_of_any_two_scopes_differ()
    {
        var names = Scopes.Select(scope => Key(scope).Name).ToList();

        names.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Keys_differ_when_a_part_moves_from_one_field_to_the_next()
    {
        var request = new DownloadRequest("http://a.test/x", "/d");
        SourceKey[] keys =
        [
            SourceKey.From(request with { Scope = "s", Options = Options(("a", "b")) }),
            SourceKey.From(request with { Scope = "sa", Options = Options(("", "b")) }),
            SourceKey.From(request with { Options = Options(("a", "b"), ("scope", "s")) }),
            SourceKey.From(request with { Options = Options(("a", "bscopes")) }),
            SourceKey.From(request with { Scope = "b", Options = Options(("a", "s")) }),
            SourceKey.From(request with { Scope = "s", Options = Options(("a", "\ud800")) }),
            SourceKey.From(request with { Scope = "s", Options = Options(("a", "\udbff")) }),
            SourceKey.From(request with { Scope = "s", Options = Options(("\ud800", "b")) }),
            SourceKey.From(request with { Scope = "s", Options = Options(("\udbff", "b")) }),
            SourceKey.From(new DownloadRequest("http://a.test/x?scope=s", "/d")),
            SourceKey.From(request with { Scope = "s" }),
        ];

        keys.Select(static key => key.Name).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Scopes_that_differ_only_in_unpaired_surrogates_were_one()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(20_000, request.Scope![^1])));
        await job.DownloadAsync(job.Request() with { Scope = "tenant \ud800" });

        var other = await job.DownloadAsync(job.Request() with { Scope = "tenant \ud801" });

        other.Outcome.Should().Be(CacheOutcome.Miss);
        job.InnerDownloader.Calls.Should().Be(2);
        (await job.DownloadAsync(job.Request() with { Scope = "tenant \ud800" })).Outcome.Should().Be(CacheOutcome.Hit);
    }

    private static SourceKey Key(string? scope) => SourceKey.From(new DownloadRequest("http://a.test/x", "/d") { Scope = scope });

    private static Dictionary<string, string> Options(params (string Name, string Value)[] options) =>
        options.ToDictionary(static option => option.Name, static option => option.Value);
}
