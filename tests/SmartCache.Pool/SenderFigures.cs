using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What sending costs a worker whose encoder, another process, is busy meanwhile: processor time of the worker's own process.</summary>
internal static class SenderFigures
{
    private const int SourceBytes = 256 << 20;
    private const int Rounds = 5;

    /// <summary>Before them the runtime compiles more than is sent: 3.4 s/GB in a new process, and 0.7 where nothing is compiled twice.</summary>
    private const int WarmUps = 3;

    public static async Task RunAsync(PoolPlace place)
    {
        var video = RandomNumberGenerator.GetBytes(SourceBytes);
        var sent = new List<double>();
        for (var round = 1 - WarmUps; round <= Rounds; round++)
        {
            // Another content: what is there already is not sent again.
            RandomNumberGenerator.Fill(video.AsSpan(0, 4096));
            var figure = await SendAsync(place, video);
            if (round > 0)
            {
                sent.Add(figure);
            }
        }

        Targets.AtMost("source of 256 MiB sent while an encoder takes a core: processor time of the process without it", JobFigures.Median(sent), 1.2, " s/GB");
    }

    /// <summary>The encoder of the figure: takes one core until its input ends.</summary>
    public static void Encode()
    {
        // Reading the console blocks, also where it is named asynchronous.
        var ended = Task.Run(Console.In.ReadToEnd);
        var picture = new byte[1 << 20];
        Console.WriteLine("begun");
        while (!ended.IsCompleted)
        {
            SHA256.HashData(picture);
        }
    }

    private static async Task<double> SendAsync(PoolPlace place, byte[] video)
    {
        var store = new GatedStore(place.Store());
        var (root, work) = (place.Fresh("sender"), place.Fresh("work"));
        double perGigabyte;
        await using (var cache = PoolPlace.Cache(root, store, configure: static remote => (remote.LookupTimeout, remote.StallTimeout) = ("30s", "10m")))
        {
            await new Worker(video, 4, 10_000) { Seed = PoolPlace.NewSeed() }.RunAsync(cache, work);
            await store.Waits;
            var encoder = OwnProcess.Start("encode");
            try
            {
                await encoder.StandardOutput.ReadLineAsync();

                var before = Environment.CpuUsage.TotalTime;
                store.Open();
                await cache.FlushAsync();
                perGigabyte = (Environment.CpuUsage.TotalTime - before).TotalSeconds / (SourceBytes / 1e9);
                if ((await cache.GetStatisticsAsync()).Remote is not { OwedEntries: 0, SentBytes: >= SourceBytes })
                {
                    throw new InvalidOperationException("It was not sent.");
                }
            }
            finally
            {
                OwnProcess.End(encoder);
            }
        }

        PoolPlace.Clear(root);
        PoolPlace.Clear(work);
        return perGigabyte;
    }
}
