using System.Text.Json;
using System.Text.Json.Serialization;
using EncoderWorker.Jobs;

namespace EncoderWorker.Reporting;

/// <summary>The figures of a run, as <c>--report</c> writes them.</summary>
internal sealed record RunReport(IReadOnlyList<AttemptReport> Attempts, SavedReport Saved)
{
    /// <summary>Of jobs that ran one after the other.</summary>
    public QueueReport? Queue { get; init; }

    public static RunReport Of(IEnumerable<AttemptRecord> attempts, (double Seconds, long Bytes) saved) => new(
        [.. attempts.Select(attempt => new AttemptReport(
            attempt.Job,
            attempt.Number,
            attempt.Succeeded,
            Math.Round(attempt.Seconds, 3),
            attempt.Work.DownloadedBytes,
            attempt.Work.EncodedProfiles,
            attempt.EncodeHits,
            Math.Round(attempt.Work.EncodedSeconds, 1),
            attempt.Work.UploadedFiles,
            attempt.Work.SkippedFiles))],
        new SavedReport(Math.Round(saved.Seconds, 3), saved.Bytes));

    public Task WriteAsync(string path, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(path, JsonSerializer.Serialize(this, RunReportJson.Default.RunReport) + "\n", cancellationToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class RunReportJson : JsonSerializerContext;
