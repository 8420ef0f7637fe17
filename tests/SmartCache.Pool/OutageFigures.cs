using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What a job pays for a store that is dead, or accepts and says nothing.</summary>
internal static class OutageFigures
{
    private const int LaterJobs = 10;

    public static async Task RunAsync(PoolPlace place)
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await MeasureAsync(place, "refused", 1100, $"http://127.0.0.1:{port}");

        // Accepts by the kernel's queue, and nobody reads.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(512);
        await MeasureAsync(place, "hung", 2100, $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        // No route: packets to this block are dropped by everybody who keeps to the rules.
        await MeasureAsync(place, "no route", 1100, "http://192.0.2.1:7480");
    }

    private static async Task MeasureAsync(PoolPlace place, string what, double most, string endpoint)
    {
        // Once without a store, so that the first use of the code is not what is measured.
        await HostAsync(place, null);
        var (first, later, lines) = await HostAsync(place, endpoint);
        var (firstAlone, laterAlone, _) = await HostAsync(place, null);
        Targets.AtMost($"{what}: first stage of the host", first[0], most, " ms", string.Create(CultureInfo.InvariantCulture, $"{firstAlone[0]:F0} without a store"));
        PoolPlace.Print($"{what}: the others of the first job, ms (without a store)", $"{Join(first[1..])} ({Join(firstAlone[1..])})");
        Targets.AtMost(
            $"{what}: {later.Count} stages of later jobs, each in a new cache object: median less median without a store", JobFigures.Median(later) - JobFigures.Median(laterAlone), 2, " ms",
            string.Create(CultureInfo.InvariantCulture, $"medians {JobFigures.Median(later):F1}, {JobFigures.Median(laterAlone):F1}; longest {later.Max():F1}, {laterAlone.Max():F1}"));
        Targets.Print($"{what}: lines about the store in the host's log", lines == 1, $"{lines}", "1");
    }

    /// <summary>Time outside the stages, of one job and of those after it: each of a video of its own, so that each asks for all.</summary>
    private static async Task<(List<double> First, List<double> Later, int Lines)> HostAsync(PoolPlace place, string? endpoint)
    {
        var root = place.Fresh("outage");
        using var log = new StoreLines();
        var (first, later) = (new List<double>(), new List<double>());
        for (var job = 0; job <= LaterJobs; job++)
        {
            // As a new process of the host would begin.
            await using var cache = PoolPlace.Cache(root, endpoint is null ? null : place.Store(endpoint), log: log);
            var worker = new Worker(RandomNumberGenerator.GetBytes(50_000), 4, 10_000) { Seed = PoolPlace.NewSeed() };
            (job == 0 ? first : later).AddRange((await worker.RunAsync(cache, place.Fresh("work"))).Select(static one => one.TotalMilliseconds));
        }

        return (first, later, log.Count);
    }

    private static string Join(IEnumerable<double> times) => string.Join("/", times.Select(static one => one.ToString("F0", CultureInfo.InvariantCulture)));
}
