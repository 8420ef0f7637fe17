using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>Prints rows as a Markdown table: what was measured, beside the baseline of the same run.</summary>
internal sealed class ResultTable
{
    private int _missed;

    public ResultTable()
    {
        Console.WriteLine("| what | rounds | p50 | p99 | processor (p50) | baseline p50 | baseline / p50 | target (p50) |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---|");
    }

    /// <summary>Rows whose target was missed.</summary>
    public int Missed => _missed;

    public void Add(string what, Samples samples, Samples? baseline = null, TimeSpan? target = null)
    {
        var ratio = baseline is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{baseline.P50 / samples.P50:N1} ×");
        var verdict = "";
        if (target is { } limit)
        {
            var met = samples.P50 <= limit;
            _missed += met ? 0 : 1;
            verdict = $"≤ {Text(limit)} {(met ? "met" : "MISSED")}";
        }

        Console.WriteLine($"| {what} | {samples.Count} | {Text(samples.P50)} | {Text(samples.P99)} | {(samples.Processor is { } processor ? Text(processor) : "")} | {(baseline is null ? "" : Text(baseline.P50))} | {ratio} | {verdict} |");
    }

    public static string Text(TimeSpan time) => time.TotalSeconds switch
    {
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s"),
        >= 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F2} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:F1} µs"),
    };
}
