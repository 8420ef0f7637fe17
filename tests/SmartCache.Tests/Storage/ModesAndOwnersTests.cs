using System.Runtime.Versioning;
using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>All names of a file share its owner and its mode: what one job does to its own file must not reach the next one's hit.</summary>
[UnsupportedOSPlatform("windows")]
public class ModesAndOwnersTests
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    [Theory]
    [Trait("Found", "M15")]
    [InlineData(UnixFileMode.None)]
    [InlineData(ReadOnly)]
    public async Task Job_that_takes_the_rights_from_its_source_takes_them_from_no_later_hit(UnixFileMode mode)
    {
        await using var cache = Linking();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var first = await job.DownloadAsync();
        var made = Entries.ModeOf(first.Path);
        File.SetUnixFileMode(first.Path, mode);
        File.Delete(first.Path);

        var hit = await job.DownloadAsync();

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        Entries.ModeOf(hit.Path).Should().Be(made);
        Bytes.Sha256OfFile(hit.Path).Should().Be(Bytes.Sha256(Bytes.Random(20_000)));
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    [Trait("Found", "M15")]
    public async Task Job_that_takes_the_rights_from_its_segments_takes_them_from_no_later_hit()
    {
        await using var cache = Linking();
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        var first = await job.EncodeAsync(source);
        var modes = Directory.GetFiles(first.Directory).ToDictionary(static path => Path.GetFileName(path), Entries.ModeOf);
        foreach (var path in Directory.GetFiles(first.Directory))
        {
            File.SetUnixFileMode(path, ReadOnly);
        }

        Directory.Delete(first.Directory, recursive: true);

        var hit = await job.EncodeAsync(source);

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        Directory.GetFiles(hit.Directory).ToDictionary(static path => Path.GetFileName(path), Entries.ModeOf).Should().Equal(modes);
    }

    [Theory]
    [Trait("Found", "M15b")]
    [InlineData("HardLink")]
    [InlineData("Copy")]
    public async Task Hit_has_the_mode_that_the_downloader_gave_its_own_file(string mode)
    {
        const UnixFileMode own = ReadOnly | UnixFileMode.GroupRead;
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(mode) });
        var job = new TestJob(cache, new ModeDownloader(own));

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
        var hit = await job.DownloadAsync();

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        Entries.ModeOf(hit.Path).Should().Be(own);
    }

    [MountFact("chown")]
    [Trait("Found", "M15c")]
    public async Task Hit_belongs_to_the_process_s_user_whoever_stored_it()
    {
        await using var cache = Linking();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        File.Delete((await job.DownloadAsync()).Path);
        var stored = Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single();
        Mount.Run("chown", "nobody", stored);

        var hit = await job.DownloadAsync();

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        FileSystem.Current.Stat(hit.Path)!.Value.Owner.Should().Be(FileSystem.Current.User);
        FileSystem.Current.Stat(stored)!.Value.Links.Should().Be(1, "it is a copy");
    }

    [MountFact("setpriv")]
    [Trait("Found", "M15d")]
    public async Task Entry_that_its_user_may_not_read_is_moved_aside_and_made_anew()
    {
        await using var cache = new TestCache();
        Mount.Run("chown", "-R", "nobody", cache.Root);
        (await DownloadAsNobodyAsync(cache)).Should().Be("Miss");
        var stored = Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single();
        Array.ForEach(Directory.GetFiles(cache.Work, "*.mp4"), File.Delete);
        File.SetUnixFileMode(stored, UnixFileMode.None);

        (await DownloadAsNobodyAsync(cache)).Should().Be("Miss");
        (await DownloadAsNobodyAsync(cache)).Should().Be("Hit");
    }

    [Fact]
    [Trait("Found", "M15e")]
    public async Task File_that_the_group_may_not_read_is_stored_as_a_copy_that_it_may()
    {
        const UnixFileMode own = ReadOnly | UnixFileMode.UserWrite;
        const UnixFileMode shared = (UnixFileMode)0b111_111_000;
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink, DirectoryMode = shared });
        var job = new TestJob(cache, new ModeDownloader(own));

        await job.DownloadAsync();
        var hit = await job.DownloadAsync();

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        Entries.ModeOf(Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single()).Should().Be((UnixFileMode)0b110_110_000);
        Entries.ModeOf(hit.Path).Should().Be(own);
        cache.Log.Of(415).Should().BeEmpty();
    }

    [Fact]
    [Trait("Found", "M15f")]
    public void Mode_that_would_keep_a_job_from_reading_its_file_counts_as_none()
    {
        var content = new ManifestContent
        {
            Created = DateTimeOffset.UnixEpoch,
            Files = [new ManifestFile("source.bin", 1, new string('0', 64))],
            Key = new Dictionary<string, string>(),
            Properties = new Dictionary<string, string>(),
        };

        ManifestFormat.Parse(ManifestFormat.Write(new Manifest(content, [0]) { Modes = [0b110_100_100] })).Modes.Should().Equal(0b110_100_100);
        ManifestFormat.Parse(ManifestFormat.Write(new Manifest(content, [0]) { Modes = [0b010_100_100] })).Modes.Should().BeNull();
        ManifestFormat.Parse(ManifestFormat.Write(new Manifest(content, [0]) { Modes = [0b110_100_100, 1] })).Modes.Should().BeNull();
        ManifestFormat.Parse(ManifestFormat.Write(new Manifest(content, [0]))).Modes.Should().BeNull("an older version wrote none");
    }

    private static TestCache Linking() => new(static settings => settings with { Materialize = MaterializeMode.HardLink });

    private static async Task<string?> DownloadAsNobodyAsync(TestCache cache)
    {
        using var worker = WorkerProcess.As("nobody", "nogroup", "download", cache.Settings.Root, cache.Work, cache.WorkPath("log"), TestJob.Url, "1");
        await worker.WaitForLineAsync("ready");
        worker.Go();
        var outcome = await worker.ReadLineAsync();
        (await worker.ExitAsync()).Should().Be(0);
        return outcome;
    }

    private sealed class ModeDownloader(UnixFileMode mode) : IVideoDownloader
    {
        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            await File.WriteAllBytesAsync(request.DestinationPath, Bytes.Random(20_000), cancellationToken);
            File.SetUnixFileMode(request.DestinationPath, mode);
            return new DownloadedVideo(request.DestinationPath, 20_000);
        }
    }
}
