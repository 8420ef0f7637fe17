using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Pool;

/// <summary>Eight jobs on four hosts' directories want one profile at the same moment: how often it is encoded.</summary>
internal static class ProducerFigures
{
    private const int Hosts = 4;
    private const int JobsOfEach = 2;

    public static async Task RunAsync(PoolPlace place, int rounds)
    {
        var once = 0;
        var encodes = 0;
        var times = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var video = RandomNumberGenerator.GetBytes(200_000);
            var caches = Enumerable.Range(0, Hosts).Select(_ => PoolPlace.Cache(place.Fresh("host"), place.Store(), configure: static remote => remote.Sources = "All")).ToArray();
            var workers = caches.SelectMany(cache => Enumerable.Range(0, JobsOfEach).Select(_ => (Cache: cache, Worker: new Worker(video, 4, 20_000) { Pause = TimeSpan.FromMilliseconds(300) }))).ToArray();
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(workers.Select(one => Task.Run(() => one.Worker.RunAsync(one.Cache, place.Fresh("work"), profiles: 1))));
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            var made = workers.Sum(static one => one.Worker.Encodes);
            encodes += made;
            once += made == 1 ? 1 : 0;
            foreach (var cache in caches)
            {
                await cache.DisposeAsync();
            }
        }

        PoolPlace.Print(
            $"{Hosts * JobsOfEach} jobs on {Hosts} hosts, one profile: rounds with one encode, encodes, median s",
            string.Create(CultureInfo.InvariantCulture, $"{once} of {rounds}, {encodes}, {JobFigures.Median(times):F1}"));
    }
}
