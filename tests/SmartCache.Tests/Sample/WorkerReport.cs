using System.Text.Json;

namespace SmartCache.Tests.Sample;

/// <summary>What <c>--report</c> wrote.</summary>
internal sealed record WorkerReport(IReadOnlyList<WorkerReport.AttemptPart> Attempts, WorkerReport.SavedPart Saved)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    public static async Task<WorkerReport> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return (await JsonSerializer.DeserializeAsync<WorkerReport>(file, s_json))!;
    }

    public QueuePart? Queue { get; init; }

    public AttemptPart Of(int job, int attempt) => Attempts.Single(part => part.Job == job && part.Attempt == attempt);

    internal sealed record AttemptPart(
        int Job, int Attempt, bool Succeeded, double Seconds, long DownloadedBytes, int EncodedProfiles, int EncodeHits, double EncodedSeconds, int UploadedFiles, int SkippedFiles);

    internal sealed record QueuePart(int Ahead, int Jobs, double OriginSeconds, double Seconds);

    internal sealed record SavedPart(double Seconds, long Bytes);
}
