using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What a job pays for a store that is dead, or accepts and says nothing.</summary>
internal static class OutageFigures
{
    public static async Task RunAsync(PoolPlace place)
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await MeasureAsync(place, "refused", $"http://127.0.0.1:{port}");

        // Accepts by the kernel's queue, and nobody reads.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(512);
        await MeasureAsync(place, "hung", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        // No route: packets to this block are dropped by everybody who keeps to the rules.
        await MeasureAsync(place, "no route", "http://192.0.2.1:7480");
    }

    private static async Task MeasureAsync(PoolPlace place, string what, string endpoint)
    {
        // Once without a store, so that the first use of the code is not what is measured.
        await using (var warm = PoolPlace.Cache(place.Fresh("warm"), null))
        {
            await new Worker(RandomNumberGenerator.GetBytes(50_000), 4, 10_000).RunAsync(warm, place.Fresh("work"));
        }

        var root = place.Fresh("outage");
        var worker = new Worker(RandomNumberGenerator.GetBytes(50_000), 4, 10_000);
        List<TimeSpan> first;
        await using (var cache = PoolPlace.Cache(root, place.Store(endpoint)))
        {
            first = await worker.RunAsync(cache, place.Fresh("work"));
        }

        var again = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            // As a new process of the host would begin.
            await using var cache = PoolPlace.Cache(root, place.Store(endpoint));
            var fresh = new Worker(RandomNumberGenerator.GetBytes(50_000 + i), 4, 10_000);
            again.AddRange((await fresh.RunAsync(cache, place.Fresh("work"))).Select(static one => one.TotalMilliseconds));
        }

        PoolPlace.Print(
            $"{what}: first stage, the others of the job, median and longest of later ones, ms",
            string.Create(CultureInfo.InvariantCulture, $"{first[0].TotalMilliseconds:F0}, {string.Join("/", first.Skip(1).Select(static one => one.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)))}, {JobFigures.Median(again):F1}, {again.Max():F1}"));
    }
}
