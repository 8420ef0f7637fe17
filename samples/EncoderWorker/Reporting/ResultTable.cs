using System.Globalization;
using EncoderWorker.Hosting;
using EncoderWorker.Jobs;

namespace EncoderWorker.Reporting;

/// <summary>The table at the end of a run.</summary>
internal static class ResultTable
{
    private static readonly string[] _head = ["job", "attempt", "stage", "outcome", "seconds", "bytes moved"];

    public static void Print(ProgressBoard board, IReadOnlyList<AttemptRecord> attempts, (double Seconds, long Bytes) saved, bool cacheIsOn)
    {
        List<string[]> rows = [_head];
        foreach (var attempt in attempts)
        {
            rows.AddRange(attempt.Stages.Select(stage => Row(attempt, stage.Stage, stage.Outcome, stage.Seconds, stage.Bytes)));
            rows.Add(Row(attempt, "whole", attempt.Succeeded ? "succeeded" : "FAILED", attempt.Seconds, attempt.Stages.Sum(stage => stage.Bytes)));
        }

        var widths = Enumerable.Range(0, _head.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        board.Print("");
        foreach (var row in rows)
            board.Print(string.Join("  ", row.Select((cell, column) => column < 4 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());

        board.Print("");
        foreach (var (first, retry) in Pairs(attempts))
            board.Print(Compare(first, retry));
        foreach (var attempt in attempts.Where(static attempt => CrashDrill.IsAfterTheCrash && attempt.Work.EncodedProfiles > 0))
            board.Print(WentOn(attempt));
        board.Print(cacheIsOn
            ? $"Saved by the cache: {Figures.Seconds(saved.Seconds)} of work, {Figures.Bytes(saved.Bytes)} not moved again."
            : "Without a cache nothing is saved: the retry did everything again.");
    }

    private static string Compare(AttemptRecord first, AttemptRecord retry) => string.Create(
        CultureInfo.InvariantCulture,
        $"Job {first.Job}: attempt 1 took {Figures.Seconds(first.Seconds)}, attempt 2 took {Figures.Seconds(retry.Seconds)}{Share(first, retry)}: "
        + $"{Figures.Bytes(retry.Work.DownloadedBytes)} downloaded, {retry.Work.EncodedProfiles} profiles encoded, {retry.Work.UploadedFiles} files sent, {retry.Work.SkippedFiles} not sent again.");

    private static string WentOn(AttemptRecord attempt) => string.Create(
        CultureInfo.InvariantCulture,
        $"Job {attempt.Job}: attempt {attempt.Number}, after the crash, encoded {attempt.Work.EncodedSeconds:0.0} s of video, of all profiles together; the rest was there.");

    private static string Share(AttemptRecord first, AttemptRecord retry)
    {
        var times = first.Seconds / Math.Max(retry.Seconds, 0.001);
        return times < 2 ? "" : string.Create(CultureInfo.InvariantCulture, $", 1/{times:0} of it");
    }

    private static IEnumerable<(AttemptRecord First, AttemptRecord Retry)> Pairs(IReadOnlyList<AttemptRecord> attempts) =>
        attempts.GroupBy(attempt => attempt.Job).Where(job => job.Count() == 2).Select(job => (job.First(), job.Last()));

    private static string[] Row(AttemptRecord attempt, string stage, string outcome, double seconds, long bytes) =>
    [
        attempt.Job.ToString(CultureInfo.InvariantCulture),
        attempt.Number.ToString(CultureInfo.InvariantCulture),
        stage,
        outcome,
        seconds.ToString("0.00", CultureInfo.InvariantCulture),
        Figures.Bytes(bytes),
    ];
}
