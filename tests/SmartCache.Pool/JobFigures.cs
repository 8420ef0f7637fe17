using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What the job's path pays for the tier: where an encode is stored, and where it is in the local cache.</summary>
internal static class JobFigures
{
    private const int Times = 25;
    private const int Hits = 400;
    private const int WarmUps = 50;

    public static async Task RunAsync(PoolPlace place)
    {
        await PathAsync(place);
        await HitAsync(place);
    }

    /// <summary>A small job, so that little but the cache is measured; with the tier and without it in turn.</summary>
    private static async Task PathAsync(PoolPlace place)
    {
        var on = new List<double>();
        var off = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            foreach (var isOn in (bool[])[true, false])
            {
                await using var cache = PoolPlace.Cache(place.Fresh("path"), isOn ? place.Store() : null, "WriteOnly");
                var overheads = await Small(PoolPlace.NewSeed()).RunAsync(cache, place.Fresh("work"));
                if (i > 2)
                {
                    (isOn ? on : off).AddRange(overheads.Skip(1).Select(static one => one.TotalMilliseconds));
                }

                await cache.FlushAsync();
            }
        }

        Targets.AtMost(
            "path of an encode that is stored: median on less median off", Median(on) - Median(off), 2, " ms", string.Create(CultureInfo.InvariantCulture, $"{Median(on):F2}, {Median(off):F2}"));
    }

    /// <summary>Local hits of one job, on hosts that have it: with the tier, without it, and without it once more, which shows what the machine's noise is.</summary>
    private static async Task HitAsync(PoolPlace place)
    {
        var store = new CountingStore(place.Store());
        await using var on = PoolPlace.Cache(place.Fresh("hit"), store);
        await using var off = PoolPlace.Cache(place.Fresh("hit"), null);
        await using var offToo = PoolPlace.Cache(place.Fresh("hit"), null);
        var (hosts, worker) = (new[] { on, off, offToo }, Small(PoolPlace.NewSeed()));
        foreach (var host in hosts)
        {
            await worker.RunAsync(host, place.Fresh("work"));
            await host.FlushAsync();
        }

        var done = worker.Encodes;
        store.Reset();
        var times = hosts.Select(static _ => new List<double>()).ToArray();
        for (var round = -WarmUps; round < Hits; round++)
        {
            for (var turn = 0; turn < hosts.Length; turn++)
            {
                // Each is the first as often as the others.
                var which = (turn + round + WarmUps) % hosts.Length;
                var work = place.Fresh("work");
                var took = await worker.RunAsync(hosts[which], work);
                PoolPlace.Clear(work);
                if (round >= 0)
                {
                    times[which].AddRange(took.Select(static one => one.TotalMilliseconds));
                }
            }
        }

        var medians = times.Select(Median).ToArray();
        Targets.AtMost(
            $"{Hits} local hits of a job: median of a stage, on to off", medians[0] / medians[1], 1.05,
            beside: string.Create(CultureInfo.InvariantCulture, $"{medians[0]:F3}, {medians[1]:F3} ms; off to off {medians[2] / medians[1]:F2}"));
        Targets.AtMost("those hits: requests, encodes", store.All + worker.Encodes - done, 0);
    }

    public static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static Worker Small(int seed) => new(RandomNumberGenerator.GetBytes(100_000), 4, 10_000) { Seed = seed };
}
