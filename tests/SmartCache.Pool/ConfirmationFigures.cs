using System.Diagnostics;
using System.Globalization;
using SmartCache.Stages;

namespace SmartCache.Pool;

/// <summary>A host uploads three quarters of a tree to a real node and is killed; another one goes on. What it sends is what the first one could not tell any more.</summary>
internal static class ConfirmationFigures
{
    private const int Files = 200;
    private const int ConfirmedByFirst = 150;

    /// <summary>How long what was confirmed may be unknown to the others.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(30);

    /// <summary>For each file, so that most of them are older than that when the host is killed; and the last ones are not.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<int> RunAsync(PoolPlace place, Uri node)
    {
        var (seed, times) = (PoolPlace.NewSeed(), new List<long>());
        using (var first = Child.StartUpload(place, node, place.Fresh("host"), place.Fresh("work"), seed))
        {
            while (times.Count < ConfirmedByFirst)
            {
                switch (await first.ReadAsync())
                {
                    case "confirmed":
                        times.Add(Stopwatch.GetTimestamp());
                        break;
                    case null:
                                                Targets.Print("files confirmed before the first host ended by itself", false, times.Count.ToString(CultureInfo.InvariantCulture), "none: it was to be killed");
                        return Targets.End();
                    case var line:
                        Console.WriteLine(line);
                        break;
                }
            }

            first.Kill();
            await first.EndedAsync();
        }

        var killed = Stopwatch.GetTimestamp();
        var late = times.Count(time => Stopwatch.GetElapsedTime(time, killed) <= TellEvery);
        var (sent, worker) = (0, WorkerOf(seed));
        var result = await UploadAsync(place, node, place.Fresh("host"), place.Fresh("work"), worker, TimeSpan.Zero, () => Interlocked.Increment(ref sent));

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first host: {times.Count} of {Files} files confirmed in {Stopwatch.GetElapsedTime(times[0], killed).TotalSeconds:F0} s, {late} of them in its last {TellEvery.TotalSeconds:F0} s"));
        PoolPlace.Print("second host: downloads, encodes; files skipped", string.Create(CultureInfo.InvariantCulture, $"{worker.Downloads}, {worker.Encodes}; {result.FilesSkipped}"));
        var most = Files - ConfirmedByFirst + late;
        Targets.Print("files that the second host sent", sent == result.FilesSent && sent <= most && most < Files, string.Create(CultureInfo.InvariantCulture, $"{sent}"), $"at most {Files - ConfirmedByFirst} + {late}, fewer than {Files}");
        Targets.Print("tree whole on the node, by its own word", result.Verified && sent + result.FilesSkipped == Files, result.Verified && sent + result.FilesSkipped == Files ? "yes" : "NO", "yes");
        return Targets.End();
    }

    /// <summary>The process that is killed.</summary>
    public static async Task<int> RunChildAsync(PoolPlace place, Uri node, string host, string work, int seed)
    {
        await UploadAsync(place, node, host, work, WorkerOf(seed), Pause, static () =>
        {
            Console.Out.WriteLine("confirmed");
            Console.Out.Flush();
        });
        return 0;
    }

    private static async Task<UploadResult> UploadAsync(PoolPlace place, Uri node, string host, string work, Worker worker, TimeSpan pause, Action confirmed)
    {
        await using var cache = PoolPlace.Cache(host, place.Store(), configure: Child.Configure);
        await worker.RunAsync(cache, work, profiles: 1);
        await cache.FlushAsync();
        var options = new KuboOptions { Concurrency = 1 };
        options.Endpoints.Add(new KuboEndpoint(node, "node"));
        using var kubo = new KuboUploader(options);
        var uploader = new ResumingIpfsUploader(new CountedUpload(kubo, pause, confirmed), cache);
        return await uploader.UploadAsync(new UploadRequest("job", Path.Combine(work, Worker.Profiles[0].Name)));
    }

    // With its playlist.
    private static Worker WorkerOf(int seed)
    {
        var video = new byte[100_000];
        new Random(seed).NextBytes(video);
        return new Worker(video, Files - 1, 10_000) { Seed = seed };
    }
}
