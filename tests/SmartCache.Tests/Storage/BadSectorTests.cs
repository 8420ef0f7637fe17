using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>The disk does not give the bytes of an entry any more. Without the cache the retry would make them anew, and so it does with it.</summary>
public sealed class BadSectorTests
{
    private const string Tool = "mkfs.btrfs";

    [MountTheory(Tool), Trait("Found", "M15g")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Profile_that_the_disk_does_not_give_is_made_anew_after_its_upload_failed(bool saysSo)
    {
        using var mount = Mount.Image("btrfs", 160);
        await using var cache = On(mount);
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        var uploader = new ResumingIpfsUploader(new ReadingUploader(saysSo), cache.Manager);
        await job.EncodeAsync(source);
        mount.MakeUnreadable(Segment(cache.Entries("profiles").Single()));

        var attempts = new List<string>();
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            var encoded = await job.EncodeAsync(source);
            try
            {
                await uploader.UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded] });
                attempts.Add($"{encoded.Outcome}, uploaded");
                break;
            }
            catch (IOException)
            {
                attempts.Add($"{encoded.Outcome}, failed");
            }

            await cache.Manager.FlushAsync();
        }

        // One that does not say why it failed is believed the first time.
        attempts.Should().Equal([.. Enumerable.Repeat("Hit, failed", saysSo ? 1 : 2), "Miss, uploaded"]);
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit, "what was made anew is stored");
        cache.Log.Of(425).Should().ContainSingle();
        Directory.GetDirectories(Path.Combine(cache.Settings.Root, "profiles", "quarantine")).Should().BeEmpty("nothing was proven wrong");
    }

    [MountFact(Tool), Trait("Found", "M15g")]
    public async Task Profile_that_cannot_be_copied_because_the_disk_does_not_give_it_is_made_anew_and_stored()
    {
        using var mount = Mount.Image("btrfs", 160);
        await using var cache = On(mount, MaterializeMode.Copy);
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source);
        mount.MakeUnreadable(Segment(cache.Entries("profiles").Single()));

        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [MountFact(Tool), Trait("Found", "M15g")]
    public async Task Proven_source_that_the_disk_does_not_give_is_fetched_anew_and_stored_after_its_encode_failed()
    {
        using var mount = Mount.Image("btrfs", 160);
        await using var cache = On(mount);
        var encoder = new FakeEncoder { Before = static (request, token) => File.ReadAllBytesAsync(request.Source.Path, token) };
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(40_000, 3)), encoder);
        await job.EncodeAsync(await job.DownloadAsync());
        mount.MakeUnreadable(Spoil.Payload(cache.Entries("sources").Single()).Single());

        var bad = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(bad, new EncodingProfile("480p"))).Should().ThrowAsync<IOException>();
        await cache.Manager.FlushAsync();
        var again = await job.DownloadAsync();

        bad.Outcome.Should().Be(CacheOutcome.Hit);
        again.Outcome.Should().Be(CacheOutcome.Miss);
        (await job.EncodeAsync(again, new EncodingProfile("480p"))).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(425).Should().ContainSingle();
    }

    [MountFact(Tool), Trait("Found", "M15g")]
    public async Task Verification_removes_what_the_disk_does_not_give()
    {
        using var mount = Mount.Image("btrfs", 160);
        await using var cache = On(mount);
        cache.Put(Entries.NameOf(1), Bytes.Random(40_000, 1));
        cache.Put(Entries.NameOf(2), Bytes.Random(40_000, 2));
        mount.MakeUnreadable(cache.PathOf(Entries.NameOf(1)));

        var report = await cache.Manager.VerifyAsync();

        report.Should().BeEquivalentTo(new { Entries = 1, Quarantined = 0 });
        cache.Names().Should().Equal(Entries.NameOf(2));
    }

    /// <summary>1970 is a time that a file may have, whatever stands for "no time is a witness".</summary>
    [Fact, Trait("Found", "M1c")]
    public async Task Doubted_entry_is_read_also_where_its_file_is_dated_1970()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5000, 1));
        Entries.Overwrite(cache.PathOf(Entries.Name));
        File.SetLastWriteTimeUtc(cache.PathOf(Entries.Name), DateTime.UnixEpoch);

        cache.Layer().Entries.Doubt(Entries.Name).Should().BeTrue();

        cache.TryLease(Entries.Name, out _).Should().BeNull();
        cache.Log.Of(410).Should().ContainSingle();
    }

    private static TestCache On(Mount mount, MaterializeMode way = MaterializeMode.Auto) =>
        new(settings => settings with { Materialize = way, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);

    private static string Segment(string entry) => Spoil.Payload(entry).First(static path => path.EndsWith(".ts", StringComparison.Ordinal));

    /// <summary>Reads all that it would send, as an uploader does.</summary>
    private sealed class ReadingUploader(bool saysSo) : IIpfsUploader
    {
        public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            foreach (var path in Directory.EnumerateFiles(request.Directory, "*", SearchOption.AllDirectories))
            {
                try
                {
                    await File.ReadAllBytesAsync(path, cancellationToken);
                }
                catch (IOException exception)
                {
                    throw saysSo ? new IOException("a file could not be sent", exception) : new IOException("the program ended with exit code 1");
                }
            }

            return new UploadResult("bafyroot");
        }
    }
}
