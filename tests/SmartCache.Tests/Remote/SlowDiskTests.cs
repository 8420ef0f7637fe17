using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A disk of the host's own that is slow is no fault of the store's.</summary>
public class SlowDiskTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Theory]
    [InlineData("/breaker-reads", 3)]
    [InlineData("/work/1.mp4", 11)]
    public async Task Store_does_not_rest_because_a_local_disk_is_slow(string path, int seconds)
    {
        var video = Bytes.Random(1_000_000);
        await using var first = new Host(_store, time: _time, video: video);
        first.Job.InnerDownloader.Before = _ =>
        {
            _time.Advance(TimeSpan.FromHours(1));
            return Task.CompletedTask;
        };
        await first.WorkAsync();
        var disk = new SlowDisk(path, () => _time.Advance(TimeSpan.FromSeconds(seconds)));
        await using var second = new Host(_store, time: _time, video: video, disk: disk);

        var given = await second.Job.DownloadAsync();

        disk.Asked.Should().BePositive();
        second.Downloads.Should().Be(0, second.Cache.Log.ToString());
        Bytes.Sha256OfFile(given.Path).Should().Be(Bytes.Sha256(video));
        second.Cache.Log.Of(1001).Should().BeEmpty();
    }

    private sealed class SlowDisk(string path, Action wait) : ForwardingFileSystem
    {
        public int Asked { get; private set; }

        public override bool FileExists(string file) => Waited(file).FileExists(file);

        public override SafeFileHandle CreateNew(string file, UnixFileMode? mode) => Waited(file).CreateNew(file, mode);

        private FileSystem Waited(string file)
        {
            if (file.EndsWith(path, StringComparison.Ordinal))
            {
                Asked++;
                wait();
            }

            return Real;
        }
    }
}
