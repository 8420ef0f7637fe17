using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>The replays of one trace as a table to read, and what they say about the size.</summary>
internal static class TableReport
{
    // Beyond this share of what the largest cache saves, more disk is hardly felt.
    private const double Enough = 0.98;

    public static IEnumerable<string> Lines(Trace trace, IReadOnlyList<ReplayResult> results)
    {
        var gets = results[0].All.Gets;
        yield return Text($"{trace.Name}: {gets} requests, {results[0].Retries.Gets} of them retries, {SizeText.Format(trace.Footprint)} of different objects, {results[0].All.Seconds / 3600:F1} h to make all that was asked for");
        if (trace.SkippedLines > 0)
            yield return Text($"{trace.SkippedLines} lines were not understood");
        yield return "";
        yield return "                      all requests             retries only";
        yield return "size      policy      objects  bytes   cost    objects  bytes   cost    saved h  evicted  refused";
        foreach (var result in results)
        {
            yield return Text(
                $"{SizeText.Format(result.Capacity),-9} {result.Policy,-10} {Ratios(result.All)}   {Ratios(result.Retries)}  {result.All.HitSeconds / 3600,8:F1} {result.Evictions,8} {result.Bypassed,8}");
        }

        yield return "";
        foreach (var policy in results.GroupBy(result => result.Policy))
        {
            var bySize = policy.OrderBy(result => result.Capacity).ToList();
            if (bySize.Count < 2)
                continue;
            var enough = bySize.First(result => result.All.HitSeconds >= Enough * bySize[^1].All.HitSeconds);
            yield return Text(
                $"{policy.Key}: {SizeText.Format(enough.Capacity)} saves {Share(enough, bySize[^1])} of what {SizeText.Format(bySize[^1].Capacity)} saves");
        }
    }

    private static string Share(ReplayResult part, ReplayResult whole) =>
        whole.All.HitSeconds > 0 ? Text($"{part.All.HitSeconds / whole.All.HitSeconds:P1}") : "as much";

    private static string Ratios(HitCounts counts) => counts.Gets == 0
        ? "      -       -       -"
        : Text($"{100 * counts.ByObjects,6:F1}% {100 * counts.ByBytes,6:F1}% {100 * counts.ByCost,6:F1}%");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
