using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>The same jobs without and with downloads ahead.</summary>
internal static class PrefetchReport
{
    public static IEnumerable<string> Lines(Trace trace, ClosedLoopOptions options)
    {
        var jobs = SimulatedJob.Of(trace);
        var without = ClosedLoop.Run(jobs, options with { Ahead = 0 });
        var with = ClosedLoop.Run(jobs, options);
        yield return Text($"{trace.Name}, {SizeText.Format(options.Capacity)}, {options.Policy.Name}, {with.Jobs} jobs, {options.Workers} at a time, encodes × {options.EncodeScale}, {options.Ahead} ahead, {options.DuringTransfers}");
        yield return Text($"waited for downloads: {without.Waited.TotalHours:F1} h without, {with.Waited.TotalHours:F1} h with");
        yield return Text($"fetched ahead {with.Fetched / 1e9:F0} GB, used {with.UsedShare:F3}, no room {with.NoRoom} times");
        yield return Text($"retries' cost hit ratio: {without.Retries.ByCost:F4} without, {with.Retries.ByCost:F4} with, {with.Retries.ByCost / without.Retries.ByCost:F4} of it");
        yield return Text($"jobs an hour: {without.JobsAnHour:F2} without, {with.JobsAnHour:F2} with, ratio {with.JobsAnHour / without.JobsAnHour:F3}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
