using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What one host thinks of an entry does not harm the others, and what the others say does not hide what went wrong here.</summary>
public class JudgedHereTests
{
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Pack_with_a_cost_that_is_no_time_is_wrong()
    {
        await using var place = new PackPlace(_store);
        var bytes = Bytes.Random(10);

        await FluentActions.Awaiting(() => place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)) with { CostSeconds = 1e18 }, bytes))).Should().ThrowAsync<WrongPackException>();
    }

    [Fact]
    public async Task Plan_does_not_hide_that_an_encode_of_a_source_failed_here()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        var broken = new FakeEncoder { Version = "another", Before = static (_, _) => throw new InvalidOperationException("broken here") };
        await using var second = new Host(_store, encoder: broken);
        var video = await second.Job.DownloadAsync();
        await FluentActions.Awaiting(() => second.Job.EncodeAsync(video)).Should().ThrowAsync<InvalidOperationException>();
        await second.Cache.Manager.FlushAsync();

        await (await second.Cache.Manager.PlanAsync(second.Job.Request(), [TestJob.Profile], broken)).DisposeAsync();
        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1, "it is fetched from its origin, planned or not");
    }

    [Fact]
    public async Task Host_that_expects_another_duration_deletes_nothing()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        await using var second = new Host(_store, static remote => remote with { Mode = RemoteMode.ReadWrite, Coordinate = false }, encoder: new FakeEncoder { ExpectedDuration = TimeSpan.FromSeconds(20), Duration = TimeSpan.FromSeconds(20) });

        await second.WorkAsync();

        second.Encodes.Should().Be(1);
        _store.Requests.Should().NotContain(static one => one.StartsWith("delete ") && one.Contains("/profiles/"));
        second.Cache.Log.Of(1003).Should().BeEmpty();
    }

    [Fact]
    public async Task Host_that_cannot_judge_a_profile_does_not_ask_for_it()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        await using var second = new Host(_store, encoder: new FakeEncoder { ExpectedDuration = null });
        second.Probe.Duration = null;
        var video = await second.Job.DownloadAsync(new DownloadRequest("http://example.test/same.mp4", second.Cache.WorkPath("same.mp4")));
        var before = _store.Requests.Count;

        await second.Job.EncodeAsync(video);

        second.Encodes.Should().Be(1);
        _store.Requests.Skip(before).Should().NotContain(static one => one.StartsWith("get ") && one.Contains("/profiles/"));
    }

    [Fact]
    public async Task Request_that_wants_nothing_stored_leaves_no_record_of_what_was_fetched()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        await using var second = new Host(_store);
        var request = second.Job.Request(CacheUse.NoStore);

        await second.Cache.Manager.TryGetMediaAsync(request);
        await (await second.Cache.Manager.PlanAsync(request, [TestJob.Profile], second.Job.InnerEncoder)).DisposeAsync();
        await second.Job.DownloadAsync(request);

        second.Downloads.Should().Be(0);
        second.Cache.Records().Should().NotContain(static path => path.StartsWith("sources") || path.StartsWith("profiles"));
    }
}
