using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage.Platform;
using SmartCache.Storage;

namespace SmartCache.Worker;

/// <summary>What the cache does while every thread of the pool is held. Not asynchronous: the thread that looks must be none of the pool's.</summary>
internal static class BlockedPool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>All threads of the pool hash a file whose time is no witness yet, at once.</summary>
    public static int Hash(string work)
    {
        var hasher = new ContentHasher(FileSystem.Current);
        var hashes = new string?[Threads];
        using var ready = new Barrier(Threads);
        using var done = new CountdownEvent(Threads);
        for (var i = 0; i < Threads; i++)
        {
            var number = i;
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    var path = Path.Combine(work, $"{number}");
                    File.WriteAllText(path, "content");
                    ready.SignalAndWait();

                    // As a file system does that counts in seconds.
                    File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).UtcDateTime);
                    hashes[number] = hasher.HashFile(path, OperationPulse.Unwatched(CancellationToken.None));
                    done.Signal();
                },
                null);
        }

        var ended = done.Wait(Limit);
        Console.Out.WriteLine(ended ? $"{hashes.Distinct().Count()} hash of {hashes.Length} files" : $"{done.CurrentCount} of {Threads} still hash");
        return 0;
    }

    /// <summary>More operations than have a place, none of which gets a thread for longer than a disk may be silent; then the pool is free again.</summary>
    public static int Attempt(string root)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root));
        var time = new StandingTime();
        using var layer = new LayerDirectory("uploads", settings.Current.UploadsDirectory, () => settings.Current, FileSystem.Current);
        using var meter = new CacheMeter();
        var faults = 0;
        var boundary = new CacheBoundary(layer, settings, new FaultLog(NullLogger.Instance, meter, time, (_, _) => Interlocked.Increment(ref faults)), time);
        using var held = new CountdownEvent(Threads);
        using var free = new ManualResetEventSlim();
        for (var i = 0; i < Threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    held.Signal();
                    free.Wait();
                },
                null);
        }

        held.Wait();
        var operations = Enumerable.Range(0, 20).Select(_ => boundary.AttemptAsync("find", "nothing", static _ => "found", CancellationToken.None).AsTask()).ToArray();
        for (var i = 0; i < 5; i++)
        {
            time.Advance(2 * settings.Current.OperationTimeout);
        }

        free.Set();
        var ended = Task.WaitAll(operations, Limit);
        Console.Out.WriteLine(ended ? string.Join(", ", operations.GroupBy(static one => one.Result).Select(static group => $"{group.Key} {group.Count()}")) : "not ended");
        Console.Out.WriteLine($"faults: {faults}, unavailable: {boundary.Unavailable?.Code}");
        return 0;
    }

    /// <summary>As <see cref="Attempt"/>, but it is the disk that does not answer whoever holds the pool, and blocks it by asking.</summary>
    public static int AskWithoutAwaiting(string root)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root) with { OperationTimeout = TimeSpan.FromSeconds(1) });
        using var layer = new LayerDirectory("uploads", settings.Current.UploadsDirectory, () => settings.Current, FileSystem.Current);
        using var meter = new CacheMeter();
        var boundary = new CacheBoundary(layer, settings, new FaultLog(NullLogger.Instance, meter, TimeProvider.System), TimeProvider.System);
        using var disk = new ManualResetEventSlim();
        using var ready = new Barrier(Threads);
        using var done = new CountdownEvent(Threads);
        for (var i = 0; i < Threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    ready.SignalAndWait();
                    boundary.AttemptOrSay<string>(
                        "find",
                        static why => why.Code.ToString(),
                        _ =>
                        {
                            disk.Wait();
                            return "late";
                        });
                    done.Signal();
                },
                null);
        }

        var ended = done.Wait(Limit);
        disk.Set();
        Console.Out.WriteLine(ended ? "all were given up" : $"{done.CurrentCount} of {Threads} still wait");
        return 0;
    }

    private static int Threads
    {
        get
        {
            ThreadPool.GetMaxThreads(out var threads, out _);
            return threads;
        }
    }
}
