using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>One of several ways to the same, measured in each round: wall time, and processor time of this process.</summary>
internal sealed class Way
{
    private readonly List<(double Wall, double Cpu)> _times = [];

    /// <param name="place">Gives a directory for what arrives, which is deleted afterwards.</param>
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
            _times.Add(time);
        }

        Directory.Delete(to, recursive: true);
    }

    /// <summary>Median MB/s.</summary>
    public string Speed(long bytes) => (bytes / 1e6 / JobFigures.Median([.. _times.Select(static time => time.Wall)])).ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>Median processor time, s/GB.</summary>
    public string Cpu(long bytes) => (JobFigures.Median([.. _times.Select(static time => time.Cpu)]) / (bytes / 1e9)).ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>How many times as fast as another one: median of the ratios of each round.</summary>
    public double SpeedTo(Way other) => JobFigures.Median([.. _times.Zip(other._times, static (own, theirs) => theirs.Wall / own.Wall)]);

    /// <summary>How many times another one's processor time: median of the ratios of each round.</summary>
    public double CpuTo(Way other) => JobFigures.Median([.. _times.Zip(other._times, static (own, theirs) => own.Cpu / theirs.Cpu)]);
}
