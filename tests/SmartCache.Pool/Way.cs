using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>One of several ways to the same, measured in each round: wall time, and processor time of this process.</summary>
internal sealed class Way
{
    private readonly List<List<(double Wall, double Cpu)>> _runs = [[]];

    private IEnumerable<(double Wall, double Cpu)> Times => _runs.SelectMany(static run => run);

    /// <summary>What follows belongs to another run.</summary>
    public void BeginRun()
    {
        if (_runs[^1].Count > 0)
        {
            _runs.Add([]);
        }
    }

    /// <param name="place">Gives a directory for what arrives; nothing of that is kept.</param>
    /// <param name="work">Is given that directory.</param>
    /// <param name="counts">False for a round in which code is still compiled.</param>
    public async Task TimeAsync(PoolPlace place, Func<string, Task> work, bool counts = true)
    {
        var to = place.Fresh("in");
        var cpu = Environment.CpuUsage.TotalTime;
        var began = Stopwatch.GetTimestamp();
        await work(to);
        var time = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        if (counts)
        {
            _runs[^1].Add(time);
        }

        // Emptied, not deleted: ext4 looks at every inode that was deleted a moment ago before it takes one, which took two fifths of the processor time of 200 files.
        foreach (var file in Directory.EnumerateFiles(to))
        {
            using var handle = File.OpenHandle(file, FileMode.Truncate, FileAccess.Write);
        }
    }

    /// <summary>Median MB/s.</summary>
    public string Speed(long bytes) => (bytes / 1e6 / JobFigures.Median([.. Times.Select(static time => time.Wall)])).ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>Median processor time, s/GB.</summary>
    public string Cpu(long bytes) => (JobFigures.Median([.. Times.Select(static time => time.Cpu)]) / (bytes / 1e9)).ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>How many times as fast as another one: of each run the median of the ratios of its rounds, and of the runs the median one.</summary>
    public Ratio SpeedTo(Way other) => RatioTo(other, static (own, theirs) => theirs.Wall / own.Wall);

    /// <summary>How many times another one's processor time, in the same way.</summary>
    public Ratio CpuTo(Way other) => RatioTo(other, static (own, theirs) => own.Cpu / theirs.Cpu);

    private Ratio RatioTo(Way other, Func<(double Wall, double Cpu), (double Wall, double Cpu), double> ratio)
    {
        var runs = _runs.Zip(other._runs, (own, theirs) => JobFigures.Median([.. own.Zip(theirs, ratio)])).ToList();
        return new Ratio(JobFigures.Median([.. runs]), runs.Count == 1 ? "" : "runs " + string.Join(", ", runs.Select(static run => run.ToString("0.00", CultureInfo.InvariantCulture))));
    }

    /// <param name="Median">Of the runs.</param>
    /// <param name="Runs">Each of them, where there are several.</param>
    internal sealed record Ratio(double Median, string Runs);
}
