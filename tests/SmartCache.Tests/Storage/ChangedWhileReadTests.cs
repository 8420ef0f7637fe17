using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A job writes into its own file, which it has from the cache by a hard link, while a look-up reads the entry for a check.</summary>
public class ChangedWhileReadTests
{
    private const string Name = Entries.Name;
    private const int Quarantined = 410;

    private static readonly byte[] _bytes = Bytes.Random(3 << 20);

    [Fact]
    [Trait("Found", "M1")]
    public async Task Write_into_what_was_read_already_is_no_hit_for_anybody()
    {
        // The download is hashed with four beats. The second of the next hash comes when the first MiB is read.
        using var gate = new HashingGate(beats: 5);
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromHours(1) }, time: gate);
        var job = new TestJob(cache, new FakeDownloader(_bytes));
        File.Delete((await job.DownloadAsync()).Path);
        var own = await job.DownloadAsync();
        own.Outcome.Should().Be(CacheOutcome.Hit);
        File.SetLastWriteTimeUtc(own.Path, DateTime.UtcNow.AddHours(-1));

        var second = job.DownloadAsync();
        await gate.Reached;
        Entries.Overwrite(own.Path);
        File.SetLastWriteTimeUtc(own.Path, DateTime.UtcNow.AddMinutes(-30));
        gate.Open();

        Bytes.Sha256OfFile((await second.Guarded()).Path).Should().Be(Bytes.Sha256(_bytes));
        Bytes.Sha256OfFile((await job.DownloadAsync()).Path).Should().Be(Bytes.Sha256(_bytes));
    }

    [Theory]
    [InlineData("other bytes")]
    [InlineData("another time")]
    [InlineData("more bytes")]
    [Trait("Found", "M1")]
    public async Task Check_of_a_file_that_changes_meanwhile_says_nothing_and_quarantines_nothing(string change)
    {
        using var gate = new HashingGate(beats: 1);
        await using var cache = new TestCache(time: gate);
        cache.Put(Name, _bytes);
        var path = cache.PathOf(Name);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        var layer = cache.Layer();
        var reason = default(Reason);
        var look = Task.Run(() => layer.Entries.TryLease(Name, new SmartCache.Storage.Platform.OperationPulse(gate, CancellationToken.None), out reason));
        await gate.Reached;
        switch (change)
        {
            case "other bytes":
                Entries.Overwrite(path);
                break;
            case "more bytes":
                File.AppendAllText(path, "more");
                break;
            default:
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-2));
                break;
        }

        gate.Open();

        using var lease = await look.Guarded();
        lease.Should().BeNull();
        reason.Code.Should().Be(CacheReason.InUse);
        reason.Text.Should().Be("changed while it was read");
        cache.Log.Of(Quarantined).Should().BeEmpty("nothing was proven");
        Directory.Exists(layer.Entries.PathOf(Name)).Should().BeTrue();
    }

    [Fact]
    [Trait("Found", "M1")]
    public async Task Write_right_after_the_check_is_not_written_down_as_checked()
    {
        var disk = new WritesAtALook();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000));
        var path = cache.PathOf(Name);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));

        // After the last read comes a look at the path, or none.
        disk.Of = path;
        using (var lease = cache.TryLease(Name, out _))
        {
            lease.Should().NotBeNull();
        }

        disk.WriteIfNotYet();
        using var again = cache.TryLease(Name, out var reason);
        again.Should().BeNull();
        reason.Code.Should().Be(CacheReason.Damaged);
    }

    [Fact]
    [Trait("Found", "M1b")]
    public async Task File_that_takes_the_place_of_a_hit_is_not_remembered_under_the_hits_hash()
    {
        var disk = new ReplacesAHit();
        await using var cache = new TestCache(static settings => settings with { Materialize = SmartCache.Abstractions.MaterializeMode.Copy }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(5_000)));
        await job.DownloadAsync();
        var request = job.Request();
        var other = cache.WorkPath("other");
        await File.WriteAllBytesAsync(other, Bytes.Random(5_000, seed: 2));
        File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddHours(-1));
        disk.Replacement = (request.DestinationPath, other);

        await job.DownloadAsync(request);

        disk.WriteIfNotYet();
        cache.Layer().Hasher.HashFile(request.DestinationPath, Entries.Pulse).Should().Be(Bytes.Sha256OfFile(request.DestinationPath));
    }

    /// <summary>A disk on which a file is written to right before a look at its path that follows its being opened.</summary>
    private sealed class WritesAtALook : ForwardingFileSystem
    {
        private bool _isRead;

        public string? Of { get; set; }

        public override SafeFileHandle OpenRead(string path)
        {
            _isRead |= path == Of;
            return base.OpenRead(path);
        }

        public override FileFacts? Stat(string path)
        {
            if (_isRead && path == Of)
            {
                WriteIfNotYet();
            }

            return base.Stat(path);
        }

        public void WriteIfNotYet()
        {
            if (Of is { } path)
            {
                Of = null;
                Entries.Overwrite(path);
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-30));
            }
        }
    }

    /// <summary>A disk on which the worker puts a file of its own in the place of a hit, right before the cache looks at that place once more.</summary>
    private sealed class ReplacesAHit : ForwardingFileSystem
    {
        public (string Hit, string Other)? Replacement { get; set; }

        public override FileFacts? Stat(string path)
        {
            if (path == Replacement?.Hit && File.Exists(path))
            {
                WriteIfNotYet();
            }

            return base.Stat(path);
        }

        public void WriteIfNotYet()
        {
            if (Replacement is { } paths)
            {
                Replacement = null;
                File.Move(paths.Other, paths.Hit, overwrite: true);
            }
        }
    }
}
