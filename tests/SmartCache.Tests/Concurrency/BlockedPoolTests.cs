using SmartCache.Tests.Support;
using SmartCache.Worker.WholeJob;

namespace SmartCache.Tests.Concurrency;

/// <summary>Stages that wait without awaiting, until no thread of a small pool is left: in a process of its own, whose pool cannot grow.</summary>
public sealed class BlockedPoolTests : IDisposable
{
    private const int Jobs = 200;
    private const int Threads = 16;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("smartcache-blocked-");

    [Fact]
    [Trait("Found", "M12f")]
    public async Task Two_hundred_jobs_that_block_the_thread_pool_end_as_without_a_cache_and_leave_nothing_held()
    {
        var without = await RunAsync("blocking-jobs", JobProcess.WithoutCache, In("without"), $"{Jobs}");
        var with = await RunAsync("blocking-jobs", In("cache"), In("with"), $"{Jobs}");

        without.Should().Equal(
            $"done {Jobs + 1}",
            "download: all threads stood in it 1",
            "encode: all threads stood in it 1",
            "upload: all threads stood in it 1",
            without[4],
            "no thread of the pool is held",
            "nor any other");
        with.Should().Equal([.. without[..5], "nothing is held", "0 bytes are reserved", "said: ", .. without[5..]]);
    }

    [Fact]
    [Trait("Found", "M12g")]
    public async Task Young_files_that_all_threads_hash_at_once_are_waited_for_without_a_thread_of_the_pool() =>
        (await RunAsync("blocked-pool", "hash", In("work"))).Should().Equal($"1 hash of {Threads} files");

    [Fact]
    [Trait("Found", "M12h")]
    public async Task Operations_that_get_no_thread_for_longer_than_the_time_out_are_no_disk_that_hangs() =>
        (await RunAsync("blocked-pool", "attempt", In("cache"))).Should().Equal("found 20", "faults: 0, unavailable: ");

    [Fact]
    [Trait("Found", "M12i")]
    public async Task Callers_that_hold_all_threads_and_ask_a_hung_disk_without_awaiting_are_given_up_on_time() =>
        (await RunAsync("blocked-pool", "ask", In("cache"))).Should().Equal("all were given up");

    public void Dispose() => _root.Delete(recursive: true);

    private string In(string name) => _root.CreateSubdirectory(name).FullName;

    private static async Task<string[]> RunAsync(params string[] arguments)
    {
        using var worker = WorkerProcess.WithThreads(Threads, arguments);
        var lines = new List<string>();
        while (await worker.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        (await worker.ExitAsync()).Should().Be(0);
        return [.. lines];
    }
}
