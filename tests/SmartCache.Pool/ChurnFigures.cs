using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Workers of several hosts are killed at random, and the gateway is killed and stopped meanwhile: no job fails, no byte is wrong, and what is owed arrives afterwards.</summary>
internal static class ChurnFigures
{
    private const int Hosts = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    /// <returns>Whether nothing went wrong.</returns>
    public static async Task<bool> RunAsync(PoolPlace place, int kills, int gatewayKills, Gateway? gateway)
    {
        var seed = PoolPlace.NewSeed();
        var random = new Random(seed);
        var hosts = Enumerable.Range(0, Hosts).Select(_ => place.Fresh("host")).ToArray();
        var tally = new Tally();
        var running = hosts.Select(host => (Host: host, Child: Begin(place, host, seed, tally))).ToArray();
        var began = Stopwatch.GetTimestamp();
        var (ofGateway, jobs) = (0, 0);
        try
        {
            for (var kill = 1; kill <= kills; kill++)
            {
                // In the midst of something, on a machine that may be slow.
                await Task.Delay(random.Next(200, 1200));
                await tally.MoreThanAsync(jobs);
                jobs = tally.Jobs;
                var victim = random.Next(Hosts);
                running[victim].Child.Kill();
                running[victim] = (hosts[victim], Begin(place, hosts[victim], seed, tally));
                if (gateway is not null && ofGateway < gatewayKills && kill * gatewayKills / kills > ofGateway)
                {
                    ofGateway++;
                    await DisturbAsync(gateway, random);
                }
            }
        }
        finally
        {
            foreach (var (_, child) in running)
            {
                child.Kill();
            }
        }

        var (owed, seconds) = await DrainAsync(place, hosts);
        var isWhole = await FetchAllAsync(place, seed);
        PoolPlace.Print(
            $"{Hosts} hosts, {kills} kills of workers, {ofGateway} of the gateway, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: jobs, encodes",
            string.Create(CultureInfo.InvariantCulture, $"{tally.Jobs}, {tally.Encodes}"));
        Targets.Print("of those jobs: failed, wrong bytes", tally is { Failed: 0, Wrong: 0, Jobs: > 0 }, $"{tally.Failed}, {tally.Wrong}", "0, 0");
        Targets.AtMost("then: still owed after 60 s", owed, 0, beside: string.Create(CultureInfo.InvariantCulture, $"looked until {seconds:F1} s"));
        Targets.Print("then: all of the bucket right on a new host", isWhole, isWhole ? "yes" : "no", "yes");
        return tally is { Failed: 0, Wrong: 0, Jobs: > 0 } && owed == 0 && isWhole;
    }

    private static Child Begin(PoolPlace place, string host, int seed, Tally tally)
    {
        var child = Child.Start(place, "jobs", host, place.Fresh("work"), seed);
        _ = Task.Run(async () =>
        {
            while (await child.ReadAsync() is { } line)
            {
                tally.Take(line);
            }
        });
        return child;
    }

    private static async Task DisturbAsync(Gateway gateway, Random random)
    {
        if (random.Next(2) == 0)
        {
            gateway.Stop();
            await Task.Delay(random.Next(500, 4000));
            gateway.GoOn();
        }
        else
        {
            gateway.Kill();
            await Task.Delay(random.Next(0, 2000));
            gateway.Start();
        }
    }

    private static async Task<(int Owed, double Seconds)> DrainAsync(PoolPlace place, string[] hosts)
    {
        var began = Stopwatch.GetTimestamp();
        var left = await Task.WhenAll(hosts.Select(async host =>
        {
            await using var cache = PoolPlace.Cache(host, place.Store(), configure: Child.Configure, lockTimeout: Child.LockTimeout);
            while (true)
            {
                await cache.CleanupAsync();
                await cache.FlushAsync();
                var owed = (await cache.GetStatisticsAsync()).Remote.OwedEntries;
                if (owed == 0 || Stopwatch.GetElapsedTime(began) > Recovery)
                {
                    return owed;
                }

                await Task.Delay(500);
            }
        }));
        return (left.Sum(), Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>A host that has nothing: whatever of it is in the bucket comes from there, and is compared. All at once: some wait until a killed worker has given no sign for long enough.</summary>
    private static async Task<bool> FetchAllAsync(PoolPlace place, int seed)
    {
        await using var cache = PoolPlace.Cache(place.Fresh("host"), place.Store(), configure: Child.Configure, lockTimeout: Child.LockTimeout);
        var wrong = await Task.WhenAll(Enumerable.Range(0, Child.Videos).Select(async video =>
        {
            var (worker, work) = (Child.WorkerOf(seed + video), place.Fresh("work"));
            await worker.RunAsync(cache, work, profiles: 1);
            return await worker.WrongAsync(work, profiles: 1);
        }));
        return wrong.All(static what => what is null) && (await cache.GetStatisticsAsync()).Remote.Wrong == 0;
    }

    private sealed class Tally
    {
        private int _jobs;
        private int _encodes;
        private int _failed;
        private int _wrong;

        public int Jobs => _jobs;

        public int Encodes => _encodes;

        public int Failed => _failed;

        public int Wrong => _wrong;

        /// <summary>Waits until another job has ended, or for as long as one may take that waits for a worker that was killed.</summary>
        public async Task MoreThanAsync(int jobs)
        {
            for (var began = Stopwatch.GetTimestamp(); Jobs <= jobs && Stopwatch.GetElapsedTime(began) < Patience;)
            {
                await Task.Delay(50);
            }
        }

        public void Take(string line)
        {
            if (line.StartsWith("right ", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _jobs);
                Interlocked.Add(ref _encodes, int.Parse(line.AsSpan(6), CultureInfo.InvariantCulture));
            }
            else
            {
                Console.WriteLine(line);
                Interlocked.Increment(ref line.StartsWith("wrong ", StringComparison.Ordinal) ? ref _wrong : ref _failed);
            }
        }
    }
}
