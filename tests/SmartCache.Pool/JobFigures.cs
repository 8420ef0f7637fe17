using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What a first job costs in requests, what a second host needs, and what the job's path pays.</summary>
internal static class JobFigures
{
    private const int Times = 25;

    public static async Task RunAsync(PoolPlace place)
    {
        var video = RandomNumberGenerator.GetBytes(96 << 20);
        var store = new CountingStore(place.Store());
        var first = new Worker(video, 40, 100_000);
        var made = place.Fresh("work");
        await using (var cache = PoolPlace.Cache(place.Fresh("first"), store))
        {
            await first.RunAsync(cache, made);
            await cache.FlushAsync();
        }

        PoolPlace.Print("first job, 96 MiB source, 3 profiles: requests", store.Counts);
        store.Reset();
        var root = place.Fresh("second");
        var second = new Worker(video, 40, 100_000);
        var given = place.Fresh("work");
        await using (var cache = PoolPlace.Cache(root, store, configure: static remote => (remote.LookupTimeout, remote.StallTimeout) = ("30s", "60s")))
        {
            await second.RunAsync(cache, given);
            await cache.FlushAsync();
            PoolPlace.Print("second host, empty directory: downloads, encodes, requests", $"{second.Downloads}, {second.Encodes}, {store.Counts}");
            PoolPlace.Print("second host: result byte-identical", HashOf(made) == HashOf(given) ? "yes" : "NO");
            store.Reset();
            await second.RunAsync(cache, place.Fresh("work"));
            PoolPlace.Print("local hits of that job: requests", store.Counts);
        }

        store.Reset();
        await using (var cache = PoolPlace.Cache(place.Fresh("third"), store, configure: static remote => remote.LookupTimeout = "30s"))
        {
            var worker = new Worker(video, 40, 100_000);
            await using var plan = await cache.PlanAsync(new DownloadRequest(worker.Address, Path.Combine(place.Fresh("work"), "x")), Worker.Profiles, worker);
            PoolPlace.Print("plan on a host that never saw the video: missing profiles, requests", $"{plan.Missing.Count}, {store.Counts}");
        }

        await PathAsync(place);
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
                var worker = new Worker(RandomNumberGenerator.GetBytes(100_000), 4, 10_000);
                var overheads = await worker.RunAsync(cache, place.Fresh("work"));
                if (i > 2)
                {
                    (isOn ? on : off).AddRange(overheads.Skip(1).Select(static one => one.TotalMilliseconds));
                }

                await cache.FlushAsync();
            }
        }

        PoolPlace.Print("path of an encode that is stored: on, off, median ms", string.Create(CultureInfo.InvariantCulture, $"{Median(on):F2}, {Median(off):F2}, difference {Median(on) - Median(off):F2}"));
    }

    public static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static string HashOf(string directory)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            sha.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetRelativePath(directory, file)));
            sha.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
