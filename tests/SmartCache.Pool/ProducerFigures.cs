using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>
/// Eight worker processes on four hosts' directories, each after jobs of its own, want one profile at the same moment: how often it is encoded. Of some rounds the producer
/// is killed, and another process takes its place.
/// </summary>
internal static class ProducerFigures
{
    private const int Hosts = 4;
    private const int JobsOfEach = 2;
    private const int KillEvery = 5;

    /// <summary>Seconds: <see cref="Child.LockTimeout"/>, and 15.</summary>
    private const double MostTakenOver = 25;

    /// <returns>Whether each round came out as it must.</returns>
    public static async Task<bool> RunAsync(PoolPlace place, int rounds)
    {
        var (alone, aloneOnce, killed, killedOnce, wrong) = (0, 0, 0, 0, 0);
        var (times, takenOver) = (new List<double>(), new List<double>());
        var workers = Enumerable.Range(0, Hosts).Select(_ => place.Fresh("host")).SelectMany(static host => Enumerable.Repeat(host, JobsOfEach)).Select(host => new RoundWorker(place, host)).ToArray();
        try
        {
            for (var number = 1; number <= rounds; number++)
            {
                var kills = number % KillEvery == 0;
                await Task.WhenAll(workers.Select(static worker => worker.ReadyAsync()));
                var round = new Round(kills);
                await Task.WhenAll(workers.Select(worker => worker.RunAsync(round)));
                wrong += round.Right == workers.Length - (kills ? 1 : 0) ? 0 : 1;
                (kills ? takenOver : times).Add(round.Seconds);
                if (kills)
                {
                    killed++;
                    killedOnce += round.Begun == 2 ? 1 : 0;
                }
                else
                {
                    alone++;
                    aloneOnce += round.Begun == 1 ? 1 : 0;
                }
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Dispose();
            }
        }

        Targets.Print(
            $"{Hosts * JobsOfEach} processes on {Hosts} hosts, one profile: rounds with one encode, median s", aloneOnce == alone,
            string.Create(CultureInfo.InvariantCulture, $"{aloneOnce} of {alone}, {(times.Count > 0 ? JobFigures.Median(times) : 0):F1}"), "all");
        Targets.Print("the producer killed in it: rounds with one more", killedOnce == killed, $"{killedOnce} of {killed}", "all");
        Targets.AtMost($"those rounds: longest (LockTimeout {Child.LockTimeout}, and 15 s)", takenOver.Count > 0 ? takenOver.Max() : 0, MostTakenOver, " s");
        Targets.AtMost("rounds with a job that failed or got wrong bytes", wrong, 0);

        // A host whose question is not answered in time works alone, as it must; on two cores that happens to one of eight processes now and then. Most rounds must not need it.
        var tolerated = Math.Max(1, rounds / 10);
        Console.WriteLine($"tolerated: {tolerated} rounds in which a host got no answer in time and worked alone");
        return wrong == 0 && alone - aloneOnce + killed - killedOnce <= tolerated;
    }

    /// <summary>What the workers say of one profile that all of them want.</summary>
    private sealed class Round(bool kills)
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private int _toKill = kills ? 1 : 0;
        private int _begun;
        private int _right;

        public int Seed { get; } = PoolPlace.NewSeed();

        public int Begun => _begun;

        public int Right => _right;

        /// <summary>From its beginning until the last of them was done.</summary>
        public double Seconds { get; private set; }

        /// <returns>Whether the worker that says it is to be killed now.</returns>
        public bool Take(string line)
        {
            switch (line)
            {
                case "encoding":
                    Interlocked.Increment(ref _begun);
                    return Interlocked.Exchange(ref _toKill, 0) == 1;
                case "right":
                    Interlocked.Increment(ref _right);
                    Seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
                    return false;
                default:
                    Console.WriteLine(line);
                    return false;
            }
        }
    }

    /// <summary>One of the processes; where it was killed, another one takes its place.</summary>
    private sealed class RoundWorker(PoolPlace place, string host) : IDisposable
    {
        private Child _child = Start(place, host);

        public Task ReadyAsync() => _child.ReadyAsync();

        public async Task RunAsync(Round round)
        {
            _child.Begin(round.Seed);
            while (await _child.ReadAsync() is { } line && !line.StartsWith("made ", StringComparison.Ordinal))
            {
                if (round.Take(line))
                {
                    _child.Dispose();
                    _child = Start(place, host);
                    return;
                }
            }
        }

        public void Dispose() => _child.Dispose();

        private static Child Start(PoolPlace place, string host) => Child.Start(place, "job", host, place.Fresh("work"), 0);
    }
}
