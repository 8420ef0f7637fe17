using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>
/// The table of <see cref="Contention"/>: each kind of hit beside a CPU loop that takes as long as its median alone, which is what the target is about, and
/// beside what tells where the rest comes from: the same loop with system calls in it, and the hit's own system calls made by hand.
/// </summary>
internal sealed class ContentionTable(ContentionTimes times)
{
    private const double Target = 2;

    private bool _met = true;

    /// <returns>Whether nothing was lost or logged, and no target missed.</returns>
    public bool Print(int workers)
    {
        Console.WriteLine($"| {workers} processes, {HotKeys.Sources + HotKeys.Profiles} keys | rounds | p50 | p99 | p99.9 | longest | a loop as long: p99, longest | p99 / its p99 | / of the loop with system calls | / by hand |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|");
        Hit("look-up: TryGetAsync of a source, and dispose", HotRow.SourceLookUp, HotRow.LockByHand);
        Hit("look-up: TryGetAsync of a profile of 5 files, and dispose", HotRow.ProfileLookUp, HotRow.LockByHand);
        Decorator("hit: source of 64 KiB through CachingVideoDownloader", HotRow.SourceLinked, HotRow.SourceCopied, HotRow.LinkByHand);
        Decorator("hit: profile of 5 files through CachingProfileEncoder", HotRow.ProfileLinked, HotRow.ProfileCopied, HotRow.LinksByHand);
        ByHand("by hand: a shared lock and 8 stats", HotRow.LockByHand);
        ByHand("by hand: a hard link", HotRow.LinkByHand);
        ByHand("by hand: a directory and 5 hard links", HotRow.LinksByHand);
        Console.WriteLine();
        Console.WriteLine($"- The first row's loop, each time by Task.Run: p99 {ResultTable.Text(times.Hops.P99)}, longest {ResultTable.Text(times.Hops.Longest)}.");
        var isClean = times.NotHits == 0 && times.Warnings == 0;
        Console.WriteLine($"- Hits that were none: {times.NotHits}; warnings and faults logged: {times.Warnings}; target 0 of both: {(isClean ? "met" : "MISSED")}. {times.FirstWarning}");
        Console.WriteLine($"- Load average at the end {Machine.Load()}.");
        return _met && isClean;
    }

    private void Decorator(string what, HotRow linked, HotRow copied, HotRow byHand)
    {
        var (links, copies) = (times.Hits[(int)linked], times.Hits[(int)copied]);
        var all = new Samples();
        foreach (var time in links.Times.Concat(copies.Times))
        {
            all.Add(time);
        }

        // All of them against the loop of a hit that nobody disturbs: what a worker that shares its keys sees.
        Row(what, all, linked, byHand, isJudged: true);
        Hit($"of these by link or clone, {Share(links)}", linked, byHand);
        Hit($"of these by copy, because another worker had it, {Share(copies)}", copied, null);

        string Share(Samples part) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part.Count / all.Count:F2} %");
    }

    private void Hit(string what, HotRow row, HotRow? byHand) => Row(what, times.Hits[(int)row], row, byHand, isJudged: true);

    private void ByHand(string what, HotRow row) => Row(what, times.Hits[(int)row], row, null, isJudged: false);

    private void Row(string what, Samples samples, HotRow loopOf, HotRow? byHand, bool isJudged)
    {
        if (samples.Count == 0)
        {
            Console.WriteLine($"| {what} | 0 | | | | | | | | |");
            return;
        }

        var loop = times.Loops[(int)loopOf];
        var ratio = samples.P99 / loop.P99;
        _met &= !isJudged || ratio <= Target;
        var verdict = isJudged ? string.Create(CultureInfo.InvariantCulture, $", target {Target}: {(ratio <= Target ? "met" : "MISSED")}") : "";
        Console.WriteLine(
            $"| {what} | {samples.Count} | {ResultTable.Text(samples.P50)} | {ResultTable.Text(samples.P99)} | {ResultTable.Text(samples.P999)} | {ResultTable.Text(samples.Longest)} "
            + $"| {ResultTable.Text(loop.P99)}, {ResultTable.Text(loop.Longest)} | {Number(ratio)}{verdict} | {Number(samples.P99 / times.CallingLoops[(int)loopOf].P99)} "
            + $"| {(byHand is { } hand ? Number(samples.P99 / times.Hits[(int)hand].P99) : "")} |");
    }

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
