using System.Globalization;
using SmartCache.Fuzz.Targets;

namespace SmartCache.Fuzz;

/// <summary>
/// Runs cases against all targets in turn. A finding is an exception that gets out of a target, a case that takes too long or allocates too much, and a
/// canary that was touched.
/// </summary>
internal sealed class FuzzRun : IDisposable
{
    private const int Batch = 1000;

    /// <summary>The largest input is some 10 MB of text; a planted 20 GB must cost nothing.</summary>
    private const long MostAllocated = 256L << 20;

    /// <summary>Generous: a busy machine is no hang.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(60);

    private readonly string _home;
    private readonly int _seed;
    private readonly TextWriter _output;
    private readonly List<Canaries> _canaries = [];
    private readonly List<TargetTally> _tallies;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public FuzzRun(int seed, TextWriter output, string? only = null)
    {
        (_seed, _output) = (seed, output);
        _home = Directory.CreateTempSubdirectory("smartcache-fuzz-").FullName;
        var corpus = new FuzzCorpus(Path.Combine(_home, "corpus"));
        IEnumerable<IFuzzTarget> targets =
        [
            new ManifestTarget(corpus), new PackTarget(), new HistoryTarget(), new StreamTarget(), new SettingsTarget(), new NamesTarget(),
            new EntryTarget(Home("entry"), corpus, _canaries[^1]), new SnapshotTarget(Home("snapshot"), corpus), new JobStateTarget(Home("jobs"), corpus), new JournalTarget(Home("journal"), corpus),
            new RecordTarget(Home("records"), corpus, _canaries[^1]), new QuotaTarget(Home("quota"), corpus), new VerificationTarget(Home("verification"), corpus),
            new PartsTarget(Home("parts"), _canaries[^1]),
            new PlaylistTarget(Home("playlist"), _canaries[^1]), new WholeCacheTarget(Home("whole"), corpus, _canaries[^1]),
        ];
        _tallies = [.. targets.Where(target => only is null || target.Name == only).Select(static target => new TargetTally(target))];
    }

    public IReadOnlyList<TargetTally> Tallies => _tallies;

    /// <summary>What was found, by kind.</summary>
    public List<string> Findings { get; } = [];

    public void Run(long cases)
    {
        var weights = _tallies.Sum(static tally => tally.Target.Weight);
        var done = 0L;
        while (done < cases)
        {
            foreach (var tally in _tallies)
            {
                var share = Math.Min(Math.Max(1, (long)Batch * tally.Target.Weight / weights), cases - done);
                for (var i = 0L; i < share; i++)
                {
                    RunOne(tally, tally.Cases++);
                }

                done += share;
            }

            CheckCanaries();
        }
    }

    public void RunOne(TargetTally tally, long number)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var before = tally.Time.Elapsed;
        tally.Time.Start();
        using (new Timer(_ => Hangs(tally, number), null, MostTime, Timeout.InfiniteTimeSpan))
        {
            try
            {
                tally.Target.Run(new FuzzRandom(_seed, tally.Target.Name, number));
            }
            catch (Exception exception)
            {
                Report(tally, number, exception.ToString());
            }
        }

        tally.Time.Stop();
        var time = tally.Time.Elapsed - before;
        var memory = GC.GetAllocatedBytesForCurrentThread() - allocated;
        tally.Longest = time > tally.Longest ? time : tally.Longest;
        tally.MostAllocated = Math.Max(memory, tally.MostAllocated);
        if (memory > MostAllocated)
        {
            Report(tally, number, $"allocated {memory} bytes");
        }
    }

    public void Print()
    {
        _output.WriteLine("| target | cases | seconds | longest case, ms | most allocated, MB |");
        _output.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var tally in _tallies)
        {
            _output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {tally.Target.Name} | {tally.Cases} | {tally.Time.Elapsed.TotalSeconds:F1} | {tally.Longest.TotalMilliseconds:F0} | {tally.MostAllocated / 1e6:F1} |"));
        }

        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_tallies.Sum(static tally => tally.Cases)} cases with seed {_seed}, {Findings.Count} finding(s), canaries looked at after each batch of {Batch}"));
    }

    public void Dispose()
    {
        _tallies.ForEach(static tally => tally.Target.Dispose());
        Directory.Delete(_home, recursive: true);
    }

    private string Home(string name)
    {
        var home = Path.Combine(_home, name);
        Directory.CreateDirectory(home);
        _canaries.Add(new Canaries(home));
        return home;
    }

    private void CheckCanaries()
    {
        foreach (var canaries in _canaries)
        {
            try
            {
                canaries.Check();
            }
            catch (FuzzFailureException touched)
            {
                Findings.Add(touched.Message);
                _output.WriteLine(touched.Message);
            }
        }
    }

    /// <summary>One line for each kind of finding, with the case that showed it first.</summary>
    private void Report(TargetTally tally, long number, string what)
    {
        var lines = what.Split('\n');
        var kind = $"{tally.Target.Name}: {lines.FirstOrDefault(static line => line.Contains("src/SmartCache/", StringComparison.Ordinal)) ?? lines[0][..Math.Min(60, lines[0].Length)]}";
        Findings.Add(kind);
        if (_known.Add(kind))
        {
            _output.WriteLine($"FOUND --seed {_seed} --target \"{tally.Target.Name}\" --case {number}: {string.Join('\n', lines.Take(12))}");
        }
    }

    // The case cannot be ended from outside; the process can.
    private void Hangs(TargetTally tally, long number)
    {
        Console.Error.WriteLine($"HANGS --seed {_seed} --target \"{tally.Target.Name}\" --case {number}");
        Environment.Exit(2);
    }
}
