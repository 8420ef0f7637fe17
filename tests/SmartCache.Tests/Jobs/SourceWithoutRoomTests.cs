using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

/// <summary>The trouble of one layer stays there: a source that cannot be stored costs its download, and no encode.</summary>
public class SourceWithoutRoomTests
{
    private const int Attempts = 5;
    private const long Megabyte = 1 << 20;
    private static readonly byte[] _video = Bytes.Random((int)(2 * Megabyte));

    [MountTheory]
    [InlineData("no room for the copy")]
    [InlineData("not a byte left")]
    [InlineData("no room for the link")]
    [InlineData("cannot be opened")]
    [InlineData("larger than MaxSize")]
    [InlineData("Observe")]
    [InlineData("Off")]
    [Trait("Found", "M9")]
    public async Task Job_whose_source_is_never_stored_encodes_once_in_five_attempts(string trouble)
    {
        using var mount = Mount.Tmpfs(8);
        var sources = Path.Combine(mount.Path, "sources");
        await using var cache = new TestCache(
            settings => Configure(settings with { SourcesDirectory = sources, MinFreeSpace = new FreeSpaceFloor(0, null) }, trouble), new FakeProbe());
        var work = trouble == "no room for the link" ? Directory.CreateDirectory(Path.Combine(mount.Path, "work")).FullName : cache.Work;
        var inner = new FakeDownloader(_video);
        var job = new TestJob(cache, inner, new FakeEncoder { ExpectedDuration = null });
        await FillAsync(mount.Path, trouble);
        if (trouble == "cannot be opened")
        {
            await File.WriteAllTextAsync(sources, "a file");
        }

        var free = new List<long>();
        var outcomes = new List<CacheOutcome>();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var request = new DownloadRequest(TestJob.Url, Path.Combine(work, "source.mp4")) { JobId = "job-1" };
            var video = await job.Downloader.DownloadAsync(request);
            outcomes.Add((await job.EncodeAsync(video)).Outcome);
            File.Delete(video.Path);
            free.Add(new DriveInfo(mount.Path).AvailableFreeSpace);
        }

        outcomes.Should().Equal([CacheOutcome.Miss, .. Enumerable.Repeat(CacheOutcome.Hit, Attempts - 1)], cache.Log.ToString());
        job.InnerEncoder.Calls.Should().Be(1);
        inner.Calls.Should().Be(Attempts);
        free.Max().Should().BeLessThanOrEqualTo(free.Min() + (Megabyte / 2), "what the worker has deleted is gone");
        var knowsItsKey = trouble is not ("not a byte left" or "cannot be opened" or "Off");
        (await cache.Manager.TryGetMediaAsync(job.Request()) is not null).Should().Be(knowsItsKey, "a plan needs no download to say that nothing has to be encoded");
    }

    /// <summary>An error page is no video, whatever state the cache is in: nobody hashes it, and nothing that is made of it is kept.</summary>
    [Theory]
    [InlineData("On")]
    [InlineData("Observe")]
    [InlineData("Off")]
    [Trait("Found", "M9")]
    public async Task Download_that_was_not_accepted_gives_no_hash_to_the_profile_layer(string mode)
    {
        await using var cache = new TestCache(settings => settings with { SourcesMode = Enum.Parse<LayerMode>(mode) });
        var job = new TestJob(cache, new FakeDownloader([.. "<html>"u8, .. Enumerable.Repeat((byte)' ', 5000)]));

        var video = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(video);

        encoded.Outcome.Should().Be(CacheOutcome.Bypass);
        video.Media.Should().BeNull();
        cache.Entries("profiles").Should().BeEmpty();
    }

    private static CacheSettings Configure(CacheSettings settings, string trouble) => trouble switch
    {
        // Of the link nothing is written; it is the floor that refuses it.
        "no room for the link" => settings with { MinFreeSpace = new FreeSpaceFloor(7 * Megabyte, null) },
        "larger than MaxSize" => settings with { MaxSize = Megabyte },
        "Observe" => settings with { SourcesMode = LayerMode.Observe },
        "Off" => settings with { SourcesMode = LayerMode.Off },
        _ => settings,
    };

    private static async Task FillAsync(string mount, string trouble)
    {
        var leave = trouble switch
        {
            "no room for the copy" => Megabyte,
            "not a byte left" => 0,
            _ => -1,
        };
        if (leave >= 0)
        {
            var path = Path.Combine(mount, "of another program");
            var bytes = new DriveInfo(mount).AvailableFreeSpace - leave;
            await File.WriteAllBytesAsync(path, new byte[bytes]);
        }
    }
}
