using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Four hosts do the same jobs again and again, each time with an empty cache, while objects are deleted at random: also in the middle of being read.</summary>
internal static class DeletionFigures
{
    private const int Readers = 4;
    private const int Videos = 3;

    /// <summary>More than the first range, so that something is asked for after it.</summary>
    private const int SourceBytes = 24 << 20;
    private const int OneOf = 6;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(PoolPlace place, int jobs)
    {
        var seed = PoolPlace.NewSeed();
        var workers = Enumerable.Range(0, Videos).Select(number => (Seed: PoolPlace.NewSeed(), Video: VideoOf(seed + number))).ToArray();
        var stores = Enumerable.Range(0, Readers).Select(number => new DeletingStore(place.Store(), new Random(seed + number), OneOf)).ToArray();
        var tally = new Tally();
        using var done = new CancellationTokenSource();
        var deleting = DeleteAsync(place, new Random(seed), done.Token);
        await Task.WhenAll(stores.Select(store => Task.Run(() => ReadAsync(place, store, workers, jobs, tally))));
        await done.CancelAsync();
        var deleted = await deleting + stores.Sum(static store => store.Deleted);
        PoolPlace.Print(
            $"objects deleted at random behind {Readers} readers: jobs, deleted, hits of the store, downloads, encodes",
            string.Create(CultureInfo.InvariantCulture, $"{tally.Jobs}, {deleted}, {tally.Hits}, {tally.Downloads}, {tally.Encodes}"));
        Targets.Print("those readers: failed, wrong bytes, taken for wrong packs", (tally.Failed, tally.Wrong, tally.WrongPacks) == (0, 0, 0), $"{tally.Failed}, {tally.Wrong}, {tally.WrongPacks}", "0, 0, 0");
        Targets.Print(
            "they met hits, and misses of what had been there", tally.Hits > 0 && tally.Downloads > Videos, string.Create(CultureInfo.InvariantCulture, $"{tally.Hits}, {tally.Downloads} downloads"),
            $"> 0, > {Videos}");
    }

    private static async Task ReadAsync(PoolPlace place, DeletingStore store, (int Seed, byte[] Video)[] videos, int jobs, Tally tally)
    {
        var random = new Random(videos[0].Seed + Environment.CurrentManagedThreadId);
        await using var cache = PoolPlace.Cache(
            place.Fresh("reader"), store, configure: static remote => (remote.LookupTimeout, remote.StallTimeout, remote.MissAge, remote.Sources) = ("10s", "30s", "0s", "All"));
        for (var job = 0; job < jobs; job++)
        {
            var (seed, video) = videos[random.Next(Videos)];
            var worker = new Worker(video, 4, 100_000) { Seed = seed, DownloadPause = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromSeconds(1) };
            var work = place.Fresh("work");
            string? fault = null;
            try
            {
                await worker.RunAsync(cache, work, profiles: 1);
                fault = await worker.WrongAsync(work, profiles: 1);
            }
            catch (Exception exception)
            {
                Console.WriteLine(exception);
                tally.Fail();
            }

            await cache.FlushAsync();
            tally.Take(worker, fault);
            PoolPlace.Clear(work);
            await cache.ClearAsync();
        }

        tally.Take((await cache.GetStatisticsAsync()).Remote);
    }

    /// <summary>Any object, now and then.</summary>
    private static async Task<int> DeleteAsync(PoolPlace place, Random random, CancellationToken done)
    {
        var (store, deleted) = (place.Store(), 0);
        while (!done.IsCancellationRequested)
        {
            var names = new List<string>();
            await foreach (var entry in store.ListAsync(PoolPlace.Prefix + "/v1/", CancellationToken.None))
            {
                names.Add(entry.Name);
            }

            if (names.Count > 0)
            {
                await store.DeleteAsync(names[random.Next(names.Count)], null, CancellationToken.None);
                deleted++;
            }

            await Task.Delay(Between, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return deleted;
    }

    private static byte[] VideoOf(int seed)
    {
        var video = new byte[SourceBytes];
        new Random(seed).NextBytes(video);
        return video;
    }

    private sealed class Tally
    {
        private readonly Lock _gate = new();

        public int Jobs { get; private set; }

        public int Failed { get; private set; }

        public int Wrong { get; private set; }

        public int Downloads { get; private set; }

        public int Encodes { get; private set; }

        public long Hits { get; private set; }

        public long WrongPacks { get; private set; }

        public void Fail()
        {
            lock (_gate)
            {
                Failed++;
            }
        }

        public void Take(Worker worker, string? fault)
        {
            lock (_gate)
            {
                Jobs++;
                Downloads += worker.Downloads;
                Encodes += worker.Encodes;
                Wrong += fault is null ? 0 : 1;
            }
        }

        public void Take(RemoteStatistics remote)
        {
            lock (_gate)
            {
                Hits += remote.SourceHits + remote.ProfileHits;
                WrongPacks += remote.Wrong;
            }
        }
    }
}
