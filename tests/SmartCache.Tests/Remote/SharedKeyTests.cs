using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>The other hosts learn of each fetch that is proven, and what they know does not end before what it leads to.</summary>
public class SharedKeyTests
{
    private static readonly EncodingProfile _other = new("480p") { VideoBitrate = "1000k" };

    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Fact]
    public async Task Second_fetch_of_the_same_bytes_makes_the_key_young_again()
    {
        await using var first = new Host(_store, Patient.Remote, time: _time);
        await using var second = new Host(_store, Patient.Remote, time: _time);
        await first.WorkAsync();
        _time.Jump(TimeSpan.FromHours(25));
        await first.Job.DownloadAsync();

        await second.Job.DownloadAsync();

        (first.Downloads, second.Downloads).Should().Be((2, 0));
    }

    [Fact]
    public async Task Key_whose_intent_was_dropped_goes_out_with_the_next()
    {
        await using var host = new Host(_store, static remote => remote with { QueueSize = 1 });
        var (video, _) = await host.WorkAsync();
        _store.Names.Should().NotContain(static name => name.Contains("/v1/keys/"));
        host.Cache.Settings = host.Cache.Settings with { Remote = host.Cache.Settings.Remote with { QueueSize = 10_000_000 } };

        await host.Job.EncodeAsync(video, _other);

        _store.Names.Should().Contain(static name => name.Contains("/v1/sources/")).And.Contain(static name => name.Contains("/v1/keys/"));
    }

    [Fact]
    public async Task Key_that_is_known_to_be_there_is_not_sent_again()
    {
        await using var host = new Host(_store);
        var (video, _) = await host.WorkAsync();
        var before = _store.Requests.Count;

        await host.Job.EncodeAsync(video, _other);

        _store.Requests.Skip(before).Should().NotContain(static one => one.Contains("/v1/keys/") || one.Contains("/v1/sources/"));
    }

    [Fact]
    public async Task Key_that_has_expired_in_the_store_is_sent_again_after_a_while()
    {
        await using var host = new Host(_store, Patient.Remote, time: _time);
        var (video, _) = await host.WorkAsync();
        var key = Key();
        await _store.DeleteAsync(key, null);
        _time.Advance(TimeSpan.FromDays(8));

        await host.Job.EncodeAsync(video, _other);

        _store.Names.Should().Contain(key);
    }

    [Fact]
    public async Task Use_renews_a_key_that_is_old()
    {
        await using (var first = new Host(_store))
        {
            await first.WorkAsync();
        }

        _store.Age(Key(), TimeSpan.FromDays(8));
        await using var second = new Host(_store);

        await second.WorkAsync();

        _store.Requests.Where(static one => one.StartsWith("touch ")).Should().Equal("touch " + Key());
    }

    [Fact]
    public async Task Host_that_has_the_same_key_to_tell_renews_it_where_it_is_old()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        await using (var first = new Host(_store, root: root))
        {
            await first.WorkAsync();
        }

        _store.Age(Key(), TimeSpan.FromDays(8));
        await using (var second = new Host(_store, root: root))
        {
            await second.Job.EncodeAsync(await second.Job.DownloadAsync(), _other);
        }

        _store.Requests.Where(static one => one.StartsWith("touch ")).Should().Equal("touch " + Key());
        Directory.Delete(root, recursive: true);
    }

    private string Key() => _store.Names.Single(static name => name.Contains("/v1/keys/"));
}
