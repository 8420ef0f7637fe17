using System.Globalization;
using System.Text.Json;
using PoolWorker.Working;

namespace PoolWorker.Pool;

/// <summary>The figures, as JSON and as a table.</summary>
/// <param name="Profiles">Profiles of each job.</param>
/// <param name="Jobs">The jobs of the pool.</param>
/// <param name="Outage">The job while the store was gone.</param>
internal sealed record PoolReport(int Profiles, IReadOnlyList<JobRow> Jobs, OutageRow? Outage)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public async Task WriteAsync(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
            Directory.CreateDirectory(directory);
        // What is beside the figures is for this program only.
        var plain = this with { Jobs = [.. Jobs.Select(job => job with { InsideSeconds = 0, PublishedAs = null })] };
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(plain, _json) + "\n");
    }

    public void Print()
    {
        Console.WriteLine();
        Line("host", "job", "result", "seconds", "downloads", "encodes", "from the bucket", "bytes");
        foreach (var job in Jobs.OrderBy(job => job.Job, StringComparer.Ordinal).ThenBy(job => job.Host, StringComparer.Ordinal))
        {
            Line(
                job.Host, job.Job, job.Succeeded ? "done" : "FAILED", Number(job.Seconds), Number(job.OriginDownloads), Number(job.Encodes), Number(job.RemoteHits), Number(job.RemoteBytes / 1e6) + " MB");
        }

        Line("all", "", "", "", Number(Jobs.Sum(job => job.OriginDownloads)), Number(Jobs.Sum(job => job.Encodes)), Number(Jobs.Sum(job => job.RemoteHits)), Number(Jobs.Sum(job => job.RemoteBytes) / 1e6) + " MB");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static void Line(string host, string job, string result, string seconds, string downloads, string encodes, string hits, string bytes) =>
        Console.WriteLine($"{host,-10} {job,-8} {result,-7} {seconds,8} {downloads,10} {encodes,8} {hits,16} {bytes,11}");
}

/// <param name="Succeeded">Whether the job was published without the store.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="SecondsAlone">What a job of the same kind takes with <c>Cache:Remote:Mode=Off</c>.</param>
/// <param name="OverheadSeconds">Its time outside the inner stages.</param>
internal sealed record OutageRow(bool Succeeded, double Seconds, double SecondsAlone, double OverheadSeconds);
