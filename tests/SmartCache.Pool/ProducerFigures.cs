using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>
/// Eight worker processes on four hosts' directories, each after a job of its own, want one profile at the same moment: how often it is encoded. Of some rounds the producer
/// is killed.
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
        for (var round = 1; round <= rounds; round++)
        {
            var kills = round % KillEvery == 0;
            var (begun, right, seconds) = await RoundAsync(place, kills);
            wrong += right == (Hosts * JobsOfEach) - (kills ? 1 : 0) ? 0 : 1;
            (kills ? takenOver : times).Add(seconds);
            if (kills)
            {
                killed++;
                killedOnce += begun == 2 ? 1 : 0;
            }
            else
            {
                alone++;
                aloneOnce += begun == 1 ? 1 : 0;
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

    private static async Task<(int Begun, int Right, double Seconds)> RoundAsync(PoolPlace place, bool kills)
    {
        var seed = PoolPlace.NewSeed();
        var children = Enumerable.Range(0, Hosts).Select(_ => place.Fresh("host"))
            .SelectMany(host => Enumerable.Range(0, JobsOfEach).Select(_ => Child.Start(place, "job", host, place.Fresh("work"), seed))).ToArray();
        try
        {
            await Task.WhenAll(children.Select(static child => child.ReadAsync()));
            var (began, begun, right, toKill) = (Stopwatch.GetTimestamp(), 0, 0, kills ? 1 : 0);
            await Task.WhenAll(children.Select(async child =>
            {
                child.Begin();
                while (await child.ReadAsync() is { } line && !line.StartsWith("made ", StringComparison.Ordinal))
                {
                    if (line == "encoding")
                    {
                        Interlocked.Increment(ref begun);
                        if (Interlocked.Exchange(ref toKill, 0) == 1)
                        {
                            child.Kill();
                            return;
                        }
                    }
                    else if (line == "right")
                    {
                        Interlocked.Increment(ref right);
                    }
                    else
                    {
                        Console.WriteLine(line);
                    }
                }
            }));
            return (begun, right, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        finally
        {
            foreach (var child in children)
            {
                child.Dispose();
            }
        }
    }
}
