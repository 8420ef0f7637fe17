using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>More is owed to a store that is down than <c>QueueSize</c> takes.</summary>
internal static class QueueFigures
{
    private const int Jobs = 12;
    private const int MostOwed = 2_000_000;

    public static async Task RunAsync(PoolPlace place)
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        using var log = new StoreLines();
        var root = place.Fresh("queue");
        await using var cache = PoolPlace.Cache(root, place.Store($"http://127.0.0.1:{port}"), configure: static remote => (remote.QueueSize, remote.Sources) = ("2MB", "Off"), log: log);
        var outbox = Path.Combine(root, "remote", "outbox");
        var inOrder = new List<string>();
        for (var job = 0; job < Jobs; job++)
        {
            await new Worker(RandomNumberGenerator.GetBytes(100_000), 4, 100_000) { Seed = PoolPlace.NewSeed() }.RunAsync(cache, place.Fresh("work"), profiles: 1);
            await cache.FlushAsync();
            inOrder.AddRange(Owed(outbox).Except(inOrder));
        }

        var remote = (await cache.GetStatisticsAsync()).Remote;
        var left = Owed(outbox);
        Targets.AtMost($"{Jobs} profiles of 0.4 MB owed to a store that is down, QueueSize 2 MB: bytes owed", remote.OwedBytes, MostOwed, beside: $"{left.Count} entries");
        Targets.Print("then: all others are dropped and counted", remote.Dropped == Jobs - left.Count && remote.Dropped > 0, $"{remote.Dropped} dropped", $"{Jobs - left.Count}");
        var areNewest = inOrder.Count == Jobs && left.SetEquals(inOrder.TakeLast(left.Count));
        Targets.Print("then: what is left are the newest", areNewest, areNewest ? "yes" : "no", "yes");
        Targets.Print("then: said once", log.CountOf(StoreLines.Dropped) == 1, $"{log.CountOf(StoreLines.Dropped)} lines", "1");
    }

    private static HashSet<string> Owed(string outbox) => Directory.Exists(outbox) ? [.. Directory.GetFiles(outbox, "profiles-*").Select(static path => Path.GetFileName(path)!)] : [];
}
