using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A lock for milliseconds, whose file goes with it.</summary>
public class TurnTests
{
    [Fact]
    public async Task Lock_file_goes_with_the_turn_and_the_next_one_gets_in()
    {
        await using var cache = new TestCache();
        var layer = cache.Layer().Directory;
        layer.EnsureOpen();

        var turn = layer.TakeTurn("job-1", TimeSpan.Zero, Entries.Pulse);
        layer.TryTakeTurn("job-1", TimeSpan.Zero, Entries.Pulse).Should().BeNull("it is somebody's turn");
        turn.Dispose();

        File.Exists(Path.Combine(layer.Locks, "job-1")).Should().BeFalse();
        layer.TakeTurn("job-1", TimeSpan.FromMinutes(1), Entries.Pulse).Dispose();
    }

    [Fact]
    public async Task Turn_whose_lock_file_cannot_be_deleted_is_over_all_the_same()
    {
        await using var cache = new TestCache();
        var layer = cache.Layer().Directory;
        layer.EnsureOpen();
        var path = Path.Combine(layer.Locks, "job-1");
        var held = layer.TakeLock("job-1", exclusive: true, TimeSpan.Zero, Entries.Pulse);
        File.Delete(path);
        Directory.CreateDirectory(path);

        new SmartCache.Storage.Turn(held).Invoking(static turn => turn.Dispose()).Should().NotThrow();

        held.Invoking(static it => it.Handle).Should().Throw<ObjectDisposedException>("the lock is free");
    }
}
