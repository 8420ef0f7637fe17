using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A job does not wait for bytes that drip, whatever is known of what they spare.</summary>
public class SlowStoreTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Fact]
    public async Task Header_that_drips_is_given_up_after_LookupTimeout()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        await using var second = new Host(_store, time: _time);
        _store.Spoils = (name, body) => name.Contains("/sources/") ? new SlowStream(body, _time, 1, TimeSpan.FromSeconds(0.5)) : body;

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        _time.GetTimestamp().Should().BeLessThan(TimeSpan.FromSeconds(5).Ticks);
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: timed out"));
    }

    [Fact]
    public async Task Header_on_a_slow_line_gets_time_by_its_length()
    {
        var files = Enumerable.Range(0, 20_000).Select(static i => ($"segment_{i:D5}.ts", new byte[] { 1 })).ToArray();
        var pack = Packs.Of(Packs.Content(files), [.. files.Select(static file => file.Item2)]);
        await using var place = new PackPlace(_store, _time);
        _store.Spoils = (_, body) => new SlowStream(body, _time, 1_000_000, TimeSpan.FromSeconds(1.2));

        (await place.FetchAsync(pack)).Result.Should().Be(SmartCache.Remote.RemoteResult.Found);
    }

    [Fact]
    public async Task Transfer_of_what_nobody_knows_the_cost_of_is_given_up_below_a_megabyte_a_second()
    {
        var big = Bytes.Random(4_000_000);
        await using (var first = new Host(_store, static remote => remote with { Sources = RemoteSources.All }, video: big))
        {
            var file = first.Cache.WorkPath("own.mp4");
            await File.WriteAllBytesAsync(file, big);
            await using var added = await first.Cache.Manager.Sources.AddAsync(SourceKey.From(first.Job.Request()), file);
            await first.Cache.Manager.FlushAsync();
        }

        await using var second = new Host(_store, time: _time, video: big);
        _store.Spoils = (name, body) => name.Contains("/sources/") ? new SlowStream(body, _time, 100_000, TimeSpan.FromSeconds(1)) : body;

        await second.Job.DownloadAsync();

        second.Downloads.Should().Be(1);
        second.Cache.Log.Of(100).Should().Contain(static line => line.Contains("remote: too slow"));
    }
}
