using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A worker starts ffmpeg in one thread while a lease ends in another: until the child runs its program, it holds a copy of each open file.</summary>
public partial class HalfStartedChildTests
{
    [Fact]
    public async Task Condemned_entry_goes_with_its_last_lease()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(20_000));
        var lease = cache.TryLease(Entries.Name, out _)!;
        (await cache.Manager.ClearAsync()).Should().Be(1);
        using var child = CopyOfTheLock(cache);

        lease.Dispose();

        Directory.Exists(cache.Layer().Entries.PathOf(Entries.Name)).Should().BeFalse();
        cache.Layer().Entries.IsCondemned(Entries.Name).Should().BeFalse();
    }

    [Fact]
    public async Task Entry_whose_lease_has_just_ended_is_removed_and_not_condemned()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(20_000));
        var lease = cache.TryLease(Entries.Name, out _)!;
        using var child = CopyOfTheLock(cache);

        lease.Dispose();

        cache.Layer().Entries.TryRemove(Entries.Name, EntryRemoval.Trash).Should().BeTrue();
    }

    [Fact]
    public async Task Entry_that_was_looked_at_and_stays_is_found_at_once()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(20_000));
        var look = cache.Layer().Directory.TryLock(EntryName.LockOf(Entries.Name), exclusive: true)!;
        using var child = CopyOfTheLock(cache);

        look.Dispose();

        using var lease = cache.TryLease(Entries.Name, out var reason);
        lease.Should().NotBeNull(reason.Text);
    }

    private static SafeFileHandle CopyOfTheLock(TestCache cache)
    {
        var path = Path.Combine(cache.Layer().Directory.Locks, EntryName.LockOf(Entries.Name));
        var open = Directory.GetFileSystemEntries("/proc/self/fd").Single(one => new FileInfo(one).LinkTarget == path);
        return new SafeFileHandle(Dup(int.Parse(Path.GetFileName(open), CultureInfo.InvariantCulture)), ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Dup(int descriptor);
}
