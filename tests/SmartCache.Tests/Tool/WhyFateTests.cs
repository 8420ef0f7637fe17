using SmartCache.Storage;
using SmartCache.Tests.Support;
using SmartCache.Tool.Views;
using SmartCache.Tool.Why;

namespace SmartCache.Tests.Tool;

/// <summary>Each end of an entry is brought about in a real cache, and <c>why</c> names it with what to do. A new fate without a case is red.</summary>
public class WhyFateTests
{
    private static readonly string _content = Bytes.Sha256(UseOfACache.Video);

    /// <summary>Each brings its end about, and gives the key that is asked for.</summary>
    private static readonly Dictionary<Fate, Func<TestCache, Task<string>>> _cases = new()
    {
        [Fate.Present] = static cache => SourceAsync(cache),
        [Fate.BeingRemoved] = static async cache =>
        {
            var name = await SourceAsync(cache);
            File.WriteAllText(Path.Combine(cache.CacheRoot(), "sources", "locks", "condemned-" + name), "condemned\n");
            return name;
        },
        [Fate.Damaged] = static async cache =>
        {
            var name = await SourceAsync(cache);
            await File.WriteAllTextAsync(cache.ManifestOf(name), "{ torn");
            return name;
        },
        [Fate.NewerVersion] = static async cache =>
        {
            var name = await SourceAsync(cache);
            await File.WriteAllTextAsync(cache.ManifestOf(name), "{\"version\": 9}");
            return name;
        },
        [Fate.Unreadable] = static async cache =>
        {
            // Root may read everything, so that a link stands for what a user may not open: neither is followed.
            var name = await SourceAsync(cache);
            File.Move(cache.ManifestOf(name), cache.WorkPath("manifest"));
            File.CreateSymbolicLink(cache.ManifestOf(name), cache.WorkPath("manifest"));
            return name;
        },
        [Fate.Quarantined] = static async cache =>
        {
            var name = await SourceAsync(cache);
            Spoil.Silently(cache.Entries("sources").Single());
            await cache.Manager.VerifyAsync();
            return name;
        },
        [Fate.Evicted] = static async cache =>
        {
            var name = await SourceAsync(cache);
            await cache.Manager.CompleteJobAsync("job-1");
            cache.Put(Entries.NameOf(9), Bytes.Random(5_000_000));
            cache.Settings = cache.Settings with { MaxSize = 4_000_000 };
            await cache.Manager.CleanupAsync();
            return name;
        },
        [Fate.Expired] = static async cache =>
        {
            var name = await SourceAsync(cache);
            await cache.Manager.CompleteJobAsync("job-1");
            cache.SetLastAccess(name, TimeSpan.FromHours(30));
            await cache.Manager.CleanupAsync();
            return name;
        },
        [Fate.Rejected] = static async cache =>
        {
            var name = await SourceAsync(cache);
            (await ToolCall.OnAsync(cache, "reject", TestJob.Url, "--yes")).Code.Should().Be(0);
            return name;
        },
        [Fate.Removed] = static async cache =>
        {
            var name = await SourceAsync(cache);
            (await ToolCall.OnAsync(cache, "rm", name, "--yes")).Code.Should().Be(0);
            return name;
        },
        [Fate.Refused] = static async cache =>
        {
            await new TestJob(cache, new FakeDownloader("<html><body>an error page</body></html>"u8.ToArray())).DownloadAsync();
            return SourceKey.From(new DownloadRequest(TestJob.Url, "x")).Name;
        },
        [Fate.Gone] = static async cache =>
        {
            var name = await SourceAsync(cache);
            Directory.Delete(cache.Entries("sources").Single(), recursive: true);
            return name;
        },
        [Fate.Upload] = static async cache =>
        {
            await cache.UseAsync();
            await cache.Manager.FlushAsync();
            var events = new List<HistoryEvent>();
            await foreach (var happened in CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() }).ReadHistoryAsync())
            {
                events.Add(happened);
            }

            return events.Last(static happened => happened.Layer == "uploads" && happened.Key is not null).Key!;
        },
        [Fate.NeverStored] = static async cache =>
        {
            var failing = new FakeDownloader([]) { Before = static _ => throw new IOException("the origin is down") };
            await new TestJob(cache, failing).Awaiting(static job => job.DownloadAsync()).Should().ThrowAsync<IOException>();
            return SourceKey.From(new DownloadRequest(TestJob.Url, "x")).Name;
        },
        [Fate.Unknown] = static async cache =>
        {
            await SourceAsync(cache);
            return Entries.NameOf(0xabc);
        },
    };

    public static TheoryData<string> Fates => [.. Enum.GetNames<Fate>()];

    [Theory]
    [MemberData(nameof(Fates))]
    public async Task Each_end_is_named_with_its_meaning_and_what_to_do_where_it_really_came_about(string name)
    {
        var fate = Enum.Parse<Fate>(name);
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        _cases.Should().ContainKey(fate, "a new end needs a case here");
        var key = await _cases[fate](cache);
        await cache.Manager.FlushAsync();

        var why = await ToolCall.OnAsync(cache, "why", key, "--json");
        var text = await ToolCall.OnAsync(cache, "why", key);

        why.Json.GetProperty("fate").GetString().Should().Be(name, why.Output);
        why.Code.Should().Be(fate == Fate.Present ? 0 : 1);
        var (meaning, whatToDo) = FateTexts.Of(fate, why.Json.GetProperty("limit").GetString(), null);
        text.Output.Should().Contain(fate == Fate.Refused ? "it was made and not stored" : meaning).And.Contain(fate == Fate.Refused ? "look at the origin" : whatToDo).And.Contain("Next: smartcache");
    }

    private static async Task<string> SourceAsync(TestCache cache)
    {
        await new TestJob(cache, new FakeDownloader(UseOfACache.Video)).DownloadAsync();
        return ContentName.Of(_content);
    }
}
