using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>Times of one thing done many times.</summary>
internal sealed class Samples
{
    private readonly List<TimeSpan> _times = [];
    private readonly List<TimeSpan> _processor = [];

    public int Count => _times.Count;

    public IReadOnlyList<TimeSpan> Times => _times;

    public TimeSpan P50 => Percentile(_times, 0.50);

    public TimeSpan P99 => Percentile(_times, 0.99);

    public TimeSpan P999 => Percentile(_times, 0.999);

    public TimeSpan Longest => _times.Max();

    /// <summary>Median processor time of the whole process in a round: what remains comparable on a machine that others use too.</summary>
    public TimeSpan? Processor => _processor.Count == 0 ? null : Percentile(_processor, 0.50);

    public void Add(TimeSpan time) => _times.Add(time);

    /// <summary>Does the work <paramref name="count"/> times, after some rounds that do not count; what <paramref name="prepare"/> does is not measured.</summary>
    public static async Task<Samples> TakeAsync(int count, Func<Task> work, Action? prepare = null, int warmUp = 0)
    {
        var samples = new Samples();
        for (var i = -warmUp; i < count; i++)
        {
            prepare?.Invoke();
            var processor = ProcessorClock.OfProcess();
            var started = Stopwatch.GetTimestamp();
            await work();
            var took = Stopwatch.GetElapsedTime(started);
            processor = ProcessorClock.OfProcess() - processor;
            if (i >= 0)
            {
                samples.Add(took);
                samples._processor.Add(processor);
            }
        }

        return samples;
    }

    /// <summary>Nearest rank.</summary>
    private static TimeSpan Percentile(List<TimeSpan> times, double share)
    {
        var sorted = times.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }
}
