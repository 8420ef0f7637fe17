using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Inspection;

/// <summary>An inspector beside a worker makes it lose nothing.</summary>
public class InspectorBesideWorkersTests
{
    [Fact]
    public async Task Lock_that_is_looked_at_all_the_time_can_be_taken_each_time()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var directory = new LayerOf(Directory.CreateTempSubdirectory("smartcache-test-").FullName);
        directory.Directory.EnsureOpen();
        var path = Path.Combine(directory.Directory.Locks, "key-" + Entries.Name);
        await File.WriteAllTextAsync(path, "");
        using var stop = new CancellationTokenSource();
        var looks = Task.Run(() =>
        {
            var seen = new HashSet<LockUse?>();
            while (!stop.IsCancellationRequested)
            {
                seen.Add(FileSystem.Current.LookAtLock(path));
            }

            return seen;
        });

        for (var i = 0; i < 50_000; i++)
        {
            using var held = directory.Directory.TryLock("key-" + Entries.Name, exclusive: i % 2 == 0);
            held.Should().NotBeNull("nobody holds it");
        }

        await stop.CancelAsync();
        (await looks.Guarded()).Should().BeEquivalentTo(new LockUse?[] { null, LockUse.Exclusive, LockUse.Shared });
        Directory.Delete(directory.Current.Root, recursive: true);
    }

    [Fact]
    public void Holder_is_seen_as_it_holds_and_no_more_when_it_let_go()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var path = Path.Combine(Directory.CreateTempSubdirectory("smartcache-test-").FullName, "lock");
        FileSystem.Current.LookAtLock(path).Should().BeNull();
        File.Exists(path).Should().BeFalse();
        using (var first = FileSystem.Current.TryLock(path, exclusive: false, UnixFileMode.UserRead | UnixFileMode.UserWrite)!)
        {
            FileSystem.Current.LookAtLock(path).Should().Be(LockUse.Shared);
            FileSystem.Current.IsOnlyHolder(first).Should().BeTrue();
            using var second = FileSystem.Current.TryLock(path, exclusive: false, UnixFileMode.UserRead | UnixFileMode.UserWrite)!;
            FileSystem.Current.IsOnlyHolder(first).Should().BeFalse();
        }

        using (FileSystem.Current.TryLock(path, exclusive: true, UnixFileMode.UserRead | UnixFileMode.UserWrite))
        {
            FileSystem.Current.LookAtLock(path).Should().Be(LockUse.Exclusive);
        }

        FileSystem.Current.LookAtLock(path).Should().BeNull();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
