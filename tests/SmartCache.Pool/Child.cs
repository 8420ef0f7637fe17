using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>A worker in a process of its own: what it does on the inside, and how its parent holds it.</summary>
internal sealed class Child : IDisposable
{
    public const string LockTimeout = "10s";

    /// <summary>A store that failed is asked again after so long, in place of a minute: a pool is to be whole again within one.</summary>
    private const string RestTime = "5s";
    private const string Ready = "ready";
    private static readonly TimeSpan MostWarmUp = TimeSpan.FromMinutes(1);
    private const int VideoBytes = 200_000;
    private const int Segments = 4;
    private const int SegmentBytes = 20_000;

    /// <summary>Few for many workers: most of what one needs another one has made, or is about to.</summary>
    public const int Videos = 12;

    private readonly Process _process;

    private Child(Process process) => _process = process;

    /// <summary>Every line that it says, until it ends.</summary>
    public Task<string?> ReadAsync() => _process.StandardOutput.ReadLineAsync();

    /// <param name="place">The store.</param>
    /// <param name="verb"><c>job</c>: one whenever it is told; <c>jobs</c>: one after the other, until it is killed.</param>
    /// <param name="host">The cache's directory.</param>
    /// <param name="work">Where its jobs are.</param>
    /// <param name="seed">Of the choice among videos; 0 where it is told.</param>
    public static Child Start(PoolPlace place, string verb, string host, string work, int seed) =>
        new(OwnProcess.Start(verb, place.Endpoint, place.Bucket, PoolPlace.Prefix, host, work, seed.ToString(CultureInfo.InvariantCulture)));

    /// <summary>One that uploads to a node.</summary>
    public static Child StartUpload(PoolPlace place, Uri node, string host, string work, int seed) =>
        new(OwnProcess.Start("upload", place.Endpoint, place.Bucket, PoolPlace.Prefix, host, work, seed.ToString(CultureInfo.InvariantCulture), node.ToString()));

    /// <summary>Waits until it can begin.</summary>
    public async Task ReadyAsync()
    {
        while (await ReadAsync() is var line && line != Ready)
        {
            Console.WriteLine(line ?? throw new InvalidOperationException("A worker ended before it could begin."));
        }
    }

    /// <summary>Tells it to do a job.</summary>
    /// <param name="seed">Of its video.</param>
    public void Begin(int seed) => _process.StandardInput.WriteLine(seed.ToString(CultureInfo.InvariantCulture));

    public void Kill() => _process.Kill();

    public Task EndedAsync() => _process.WaitForExitAsync();

    public void Dispose() => OwnProcess.End(_process);

    /// <summary>The video of a seed.</summary>
    public static Worker WorkerOf(int seed, Action? encoding = null)
    {
        var video = new byte[VideoBytes];
        new Random(seed).NextBytes(video);
        return new Worker(video, Segments, SegmentBytes) { Seed = seed, Pause = TimeSpan.FromMilliseconds(300), Encoding = encoding ?? (static () => { }) };
    }

    /// <summary>Settings of all hosts.</summary>
    public static void Configure(CacheRemoteOptions remote) => (remote.Sources, remote.RestTime) = ("All", RestTime);

    /// <summary>The process itself.</summary>
    public static async Task<int> RunAsync(string verb, PoolPlace place, string host, string work, int seed)
    {
        await using var cache = PoolPlace.Cache(host, verb == "job" ? new TellingStore(place.Store()) : place.Store(), configure: Configure, lockTimeout: LockTimeout);
        if (verb == "jobs")
        {
            return await RunOnAsync(cache, work, seed);
        }

        await WarmUpAsync(cache, work);
        for (var number = 1; ; number++)
        {
            Say(Ready);
            if (Console.In.ReadLine() is not { } told)
            {
                return 0;
            }

            var worker = WorkerOf(int.Parse(told, CultureInfo.InvariantCulture), static () => Say("encoding"));
            Say(await DoAsync(cache, worker, Directory.CreateDirectory(Path.Combine(work, number.ToString(CultureInfo.InvariantCulture))).FullName));
            Say($"made {worker.Encodes}");
            await cache.FlushAsync();
        }
    }

    /// <summary>
    /// Jobs of its own first, as a worker has done many: eight processes that compile the same code on two cores answer nobody for seconds, and their hosts let the store rest.
    /// </summary>
    private static async Task WarmUpAsync(CacheManager cache, string work)
    {
        var began = Stopwatch.GetTimestamp();
        for (var number = 0; number == 0 || (await cache.GetStatisticsAsync()).Remote is { ReadsRest: true } or { WritesRest: true }; number++)
        {
            await DoAsync(cache, WorkerOf(-Environment.ProcessId - (number << 24)), Directory.CreateDirectory(Path.Combine(work, FormattableString.Invariant($"own-{number}"))).FullName);
            await cache.FlushAsync();
            if (Stopwatch.GetElapsedTime(began) > MostWarmUp)
            {
                Say("its store rests still");
                return;
            }
        }
    }

    private static async Task<int> RunOnAsync(CacheManager cache, string work, int seed)
    {
        var random = new Random(seed ^ Environment.ProcessId);
        for (var number = 0; ; number++)
        {
            var directory = Directory.CreateDirectory(Path.Combine(work, number.ToString(CultureInfo.InvariantCulture))).FullName;
            var worker = WorkerOf(seed + random.Next(Videos));
            Say($"{await DoAsync(cache, worker, directory)} {worker.Encodes}");
            Directory.Delete(directory, recursive: true);
            if (random.Next(4) == 0)
            {
                // Elsewhere it is made again, or fetched again.
                await cache.ClearAsync();
            }
        }
    }

    private static async Task<string> DoAsync(CacheManager cache, Worker worker, string directory)
    {
        try
        {
            await worker.RunAsync(cache, directory, profiles: 1);
            return await worker.WrongAsync(directory, profiles: 1) is { } wrong ? "wrong " + wrong : "right";
        }
        catch (Exception exception)
        {
            return "failed " + exception.ToString().ReplaceLineEndings(" ");
        }
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
