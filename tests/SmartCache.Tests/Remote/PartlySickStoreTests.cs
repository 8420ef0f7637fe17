using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A store that answers small questions and fails at something else: it is neither flooded nor left alone for that.</summary>
public class PartlySickStoreTests
{
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Pack_that_never_arrives_is_sent_again_after_pauses_that_double()
    {
        var time = new DrivenTime();
        _store.Before = static (operation, name) => operation == "put" && name.Contains("/v1/profiles/")
            ? throw new ObjectStoreException(ObjectStoreFault.ServerError, "500")
            : Task.CompletedTask;
        await using var host = new Host(_store, static remote => Patient.Remote(remote) with { RestTime = TimeSpan.FromSeconds(1), QueueAge = TimeSpan.FromDays(1), Coordinate = false }, time: time);
        await host.WorkAsync();

        for (var second = 0; second < 60; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await host.Cache.Manager.FlushAsync();
        }

        Sent().Should().BeInRange(2, 7, "after 1, 2, 4, 8, 16 and 32 seconds at the soonest");
        host.Outbox().Should().ContainSingle();
        _store.Before = null;
        for (var second = 0; second < 70 && host.Outbox().Length > 0; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await host.Cache.Manager.FlushAsync();
        }

        host.Outbox().Should().BeEmpty();

        int Sent() => _store.Requests.Count(static request => request.StartsWith("put ") && request.Contains("/v1/profiles/"));
    }

    [Fact]
    public async Task Store_that_gives_no_tags_takes_what_is_sent()
    {
        await using var first = new Host(_store);
        await using var second = new Host(_store, static remote => remote with { Mode = RemoteMode.WriteOnly });
        await first.WorkAsync();
        _store.HidesTags = true;

        await second.WorkAsync();

        second.Outbox().Should().BeEmpty();
        second.Downloads.Should().Be(1);
    }

    [Fact]
    public async Task Delete_that_is_refused_lets_the_store_not_rest()
    {
        await using var host = new Host(_store);
        await host.WorkAsync();
        _store.Before = static (operation, _) => operation == "delete" ? throw new ObjectStoreException(ObjectStoreFault.Denied, "403") : Task.CompletedTask;

        await host.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256(Host.Video));
        await host.Cache.Manager.FlushAsync();

        (await host.Cache.Manager.GetStatisticsAsync()).Remote.WritesRest.Should().BeFalse("whoever may not delete may put");
        host.Cache.Log.Of(1004).Should().ContainSingle();
        host.Outbox().Should().ContainSingle("it is still to be removed");
    }

    [Fact]
    public async Task Wrong_pack_that_stays_there_is_fetched_once()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        var name = _store.Names.Single(static name => name.Contains("/v1/profiles/"));
        var spoilt = (byte[])_store[name].Clone();
        spoilt[^1] ^= 1;
        _store[name] = spoilt;
        await using var second = new Host(_store, static remote => remote with { Mode = RemoteMode.ReadOnly });

        var before = Asked();

        await second.WorkAsync();
        await second.Cache.Manager.ClearAsync();
        await second.WorkAsync();

        second.Encodes.Should().Be(2);
        (Asked() - before).Should().Be(1);
        second.Cache.Log.Of(1003).Should().ContainSingle(static line => line.Contains("stays there"));
        _store.Names.Should().Contain(name);

        int Asked() => _store.Requests.Count(request => request == "get " + name);
    }
}
