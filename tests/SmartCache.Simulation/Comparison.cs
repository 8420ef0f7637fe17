using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>
/// What the first two policies of the command line save of each trace, whole and with ends of jobs lost: the second is the one that the first is measured against.
/// </summary>
internal static class Comparison
{
    // A single draw says little where few entries carry much of the cost.
    private const int Draws = 8;

    public static IEnumerable<string> Lines(IReadOnlyList<Trace> traces, SimulationOptions options)
    {
        if (options.Policies.Count != 2)
            throw new ArgumentException("A comparison wants two policies, as in --policies COST,COST-entry.");
        var lost = options.DropFinished > 0 ? options.DropFinished : 0.1;
        yield return Text($"{"trace",-24} size      {options.Policies[0].Name,-10} {options.Policies[1].Name,-10} ratio    with {lost:P0} of the ends lost (mean of {Draws} draws, of its own figure, least)");
        foreach (var size in options.Sizes)
        {
            var ratios = new List<double>();
            foreach (var trace in traces)
            {
                var lossy = Enumerable.Range(1, Draws).Select(seed => Disturbance.DropFinished(trace, lost, seed)).ToList();
                var (one, other) = (Saved(trace, lossy, size, options.Policies[0]), Saved(trace, lossy, size, options.Policies[1]));
                ratios.Add(one.Whole / other.Whole);
                yield return Text($"{trace.Name,-24} {SizeText.Format(size),-9} {one.Whole,-10:F4} {other.Whole,-10:F4} {ratios[^1]:F4}   {Loss(one)}   {Loss(other)}");
            }

            yield return Text($"mean ratio {ratios.Average():F4} at {SizeText.Format(size)}, least {ratios.Min():F4}");
        }
    }

    private static (double Whole, List<double> Lossy) Saved(Trace trace, List<Trace> lossy, long size, SimulatedPolicy policy)
    {
        var runs = lossy.Prepend(trace).AsParallel().AsOrdered().Select(run => Replay.Run(run, size, policy).All.ByCost).ToList();
        return (runs[0], runs[1..]);
    }

    private static string Loss((double Whole, List<double> Lossy) saved) =>
        Text($"{saved.Lossy.Average():F4} {saved.Lossy.Average() / saved.Whole:P1} {saved.Lossy.Min() / saved.Whole:P1}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
