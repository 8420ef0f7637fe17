using System.IO.MemoryMappedFiles;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>
/// A worker that keeps its result mapped and goes on writing through the map after its stage returned. The modification time moves when a clean page is written
/// to first, and not again before that page was written back.
/// </summary>
public class MappedWriteTests
{
    [MountTheory("mkfs.ext4")]
    [InlineData("source", "while the file is flushed")]
    [InlineData("source", "right before it is published")]
    [InlineData("profile", "while the file is flushed")]
    [InlineData("profile", "right before it is published")]
    [Trait("Found", "M7")]
    public async Task What_is_stored_is_what_its_manifest_says_although_a_dirty_page_is_written_to(string what, string moment)
    {
        using var mount = Mount.Image("ext4", 64);
        var disk = new MomentOfFlush(moment == "right before it is published");
        using var map = new Map();
        await using var cache = new TestCache(
            static settings => settings with { Materialize = MaterializeMode.HardLink, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path, fileSystem: disk);
        var encoder = new FakeEncoder();
        var job = new TestJob(cache, new Downloader(path => Mapped(path, what == "source")), encoder);

        var source = await job.DownloadAsync();
        encoder.After = request => Mapped(Path.Combine(request.OutputDirectory, "seg_00002.ts"), what == "profile");
        await job.EncodeAsync(source);

        disk.Then.Should().BeNull("the moment came");
        cache.Log.Of(400).Should().BeEmpty();
        (await cache.Manager.VerifyAsync()).Quarantined.Should().Be(0, "an entry's bytes are those that were hashed");

        void Mapped(string path, bool isMeant)
        {
            if (isMeant)
            {
                map.Dirty(path);
                disk.Then = map.WriteOn;
            }
        }
    }

    /// <summary>
    /// The page is dirty already when an entry is looked at because its time moved, and found right: a write that comes then would leave the time as it was.
    /// </summary>
    [MountFact("mkfs.ext4")]
    public async Task Entry_that_was_found_right_under_another_time_is_no_hit_after_a_write_to_a_dirty_page()
    {
        using var mount = Mount.Image("ext4", 64);
        using var map = new Map();
        var bytes = Bytes.Random(100_000);
        await using var cache = new TestCache(
            static settings => settings with { Materialize = MaterializeMode.HardLink, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);
        var job = new TestJob(cache, new FakeDownloader(bytes));
        File.Delete((await job.DownloadAsync()).Path);
        var own = await job.DownloadAsync();
        own.Outcome.Should().Be(CacheOutcome.Hit);
        var before = File.GetLastWriteTimeUtc(own.Path);
        map.DirtyOnly(own.Path);
        File.GetLastWriteTimeUtc(own.Path).Should().NotBe(before);
        await Task.Delay(50);
        (await job.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("second.mp4")))).Outcome.Should().Be(CacheOutcome.Hit, "it has the same bytes");

        map.WriteOn();

        var third = await job.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("third.mp4")));
        (await File.ReadAllBytesAsync(third.Path)).Should().Equal(bytes);
    }

    private sealed class Downloader(Action<string> mapped) : IVideoDownloader
    {
        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var bytes = Bytes.Random(100_000);
            await File.WriteAllBytesAsync(request.DestinationPath, bytes, cancellationToken);
            mapped(request.DestinationPath);
            return new DownloadedVideo(request.DestinationPath, bytes.Length);
        }
    }

    private sealed class Map : IDisposable
    {
        private MemoryMappedFile? _file;
        private MemoryMappedViewAccessor? _view;

        /// <summary>Maps the file and makes its first page dirty.</summary>
        public void Dirty(string path)
        {
            Open(path);
            WriteOn();
        }

        /// <summary>The same, with the byte that is there.</summary>
        public void DirtyOnly(string path)
        {
            Open(path);
            _view!.Write(10, _view.ReadByte(10));
        }

        public void WriteOn() => _view!.Write(10, (byte)(_view.ReadByte(10) + 1));

        private void Open(string path)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
            _view = _file.CreateViewAccessor();
        }

        public void Dispose()
        {
            _view?.Dispose();
            _file?.Dispose();
        }
    }

    /// <summary>A disk on which something happens once: right before the first file of a staging is flushed, or its directory when it is finished.</summary>
    private sealed class MomentOfFlush(bool finished) : ForwardingFileSystem
    {
        public Action? Then { get; set; }

        public override void Flush(string path)
        {
            var isMoment = finished ? File.Exists(Path.Combine(path, Manifest.FileName)) : File.Exists(path);
            if (Then is { } then && isMoment)
            {
                Then = null;
                then();
            }

            base.Flush(path);
        }
    }
}
