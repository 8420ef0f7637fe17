using System.Diagnostics;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>What jobs cost in requests: a first one, its retry on another host, a plan, local hits, and asking for what is not there.</summary>
internal static class RequestFigures
{
    private const int SourceBytes = 1_000_000_000;
    private const int Segments = 40;
    private const int SegmentBytes = 100_000;
    private const int Questions = 100;

    public static async Task RunAsync(PoolPlace place)
    {
        var (video, seed) = (RandomNumberGenerator.GetBytes(SourceBytes), PoolPlace.NewSeed());
        using var wire = new HttpRequests();
        var store = new CountingStore(place.Store());

        // From an origin that is slower than any store: it is fetched also where the machine is busy.
        Worker New() => new(video, Segments, SegmentBytes) { Seed = seed, DownloadPause = TimeSpan.FromSeconds(40) };
        var (first, made) = (New(), place.Fresh("work"));
        var root = place.Fresh("first");
        await using (var cache = PoolPlace.Cache(root, store, configure: Patient))
        {
            await first.RunAsync(cache, made);
            await new NodeUploader().UploadAsync(cache, made);
            await cache.FlushAsync();
        }

        PoolPlace.Clear(root);
        PoolPlace.Print("first job, 1 GB source, 3 profiles, with an upload: operations; requests on the wire", $"{store.Counts}; {wire}");
        Targets.AtMost("first job: PUT and POST on the wire (1 a minute more for each lease held)", wire["PUT", "POST"], 45);
        Targets.AtMost("first job: GET on the wire", wire["GET"], 12);
        await RetryAsync(place, store, wire, New(), made);
        await PlanAsync(place, store, New());
        await AbsentAsync(place, store);
    }

    private static async Task RetryAsync(PoolPlace place, CountingStore store, HttpRequests wire, Worker second, string made)
    {
        store.Reset();
        wire.Reset();
        var (root, given, uploader) = (place.Fresh("second"), place.Fresh("work"), new NodeUploader());
        await using var cache = PoolPlace.Cache(root, store, configure: Patient);
        await second.RunAsync(cache, given);
        await uploader.UploadAsync(cache, given);
        await cache.FlushAsync();
        Targets.Print(
            "second host, empty directory: downloads, encodes, files sent to the node",
            (second.Downloads, second.Encodes, uploader.Sent) == (0, 0, 0), $"{second.Downloads}, {second.Encodes}, {uploader.Sent}", "0, 0, 0");
        var isSame = HashOf(made) == HashOf(given);
        Targets.Print("second host: result byte-identical", isSame, isSame ? "yes" : "no", "yes");
        Targets.AtMost("second host: GET that are no further ranges", store["GET"], 8, beside: $"{store.Counts}; on the wire {wire}");
        var others = store.All - store["GET"] - store["range"];
        Targets.AtMost("second host: other requests, on the wire too", Math.Max(others, wire["PUT", "POST", "HEAD", "DELETE"]), 0);

        store.Reset();
        wire.Reset();
        await second.RunAsync(cache, place.Fresh("work"));
        Targets.AtMost("local hits of that job: requests", Math.Max(store.All, wire["GET", "PUT", "POST", "HEAD", "DELETE"]), 0);
        PoolPlace.Clear(given);
    }

    private static async Task PlanAsync(PoolPlace place, CountingStore store, Worker worker)
    {
        store.Reset();
        await using var cache = PoolPlace.Cache(place.Fresh("third"), store, configure: Patient);
        await using var plan = await cache.PlanAsync(new DownloadRequest(worker.Address, Path.Combine(place.Fresh("work"), "x")), Worker.Profiles, worker);
        Targets.Print("plan on a host that never saw the video: missing profiles", plan.Missing.Count == 0, $"{plan.Missing.Count}", "0");
        Targets.AtMost("that plan: GET that are no further ranges", store["GET"], 4, beside: store.Counts);
        Targets.AtMost("that plan: other requests", store.All - store["GET"] - store["range"], 0);
    }

    private static async Task AbsentAsync(PoolPlace place, CountingStore store)
    {
        var missAge = TimeSpan.FromMinutes(1);
        await using var cache = PoolPlace.Cache(place.Fresh("absent"), store, configure: static remote => (remote.LookupTimeout, remote.MissAge) = ("30s", "60s"));
        var worker = new Worker([], 1, 1) { Seed = PoolPlace.NewSeed() };
        store.Reset();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Questions; i++)
        {
            await using var plan = await cache.PlanAsync(new DownloadRequest(worker.Address, Path.Combine(place.Fresh("work"), "x")), Worker.Profiles, worker);
        }

        Targets.AtMost($"{Questions} times asked for a key that is absent: requests", store.All, Math.Ceiling(Stopwatch.GetElapsedTime(began) / missAge), beside: store.Counts);
    }

    private static void Patient(CacheRemoteOptions remote) => (remote.LookupTimeout, remote.StallTimeout) = ("30s", "60s");

    private static string HashOf(string directory)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            sha.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetRelativePath(directory, path)));
            using var file = File.OpenRead(path);
            sha.AppendData(SHA256.HashData(file));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
