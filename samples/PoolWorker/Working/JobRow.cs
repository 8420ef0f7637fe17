using System.Text.Json.Serialization;

namespace PoolWorker.Working;

/// <summary>What became of a job on a worker, counted at the inner stages and not taken from what the cache says about itself.</summary>
/// <param name="Host">The worker.</param>
/// <param name="Job">The job; the last part names the video.</param>
/// <param name="Succeeded">Whether it was published.</param>
/// <param name="Seconds">From its begin to its end.</param>
/// <param name="OriginDownloads">Downloads from the origin.</param>
/// <param name="Encodes">Profiles that were encoded here.</param>
/// <param name="RemoteHits">Sources and profiles that came from the bucket.</param>
/// <param name="RemoteBytes">Their bytes.</param>
internal sealed record JobRow(string Host, string Job, bool Succeeded, double Seconds, int OriginDownloads, int Encodes, int RemoteHits, long RemoteBytes)
{
    /// <summary>Time that the inner stages took.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double InsideSeconds { get; init; }

    /// <summary>What it was published as.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PublishedAs { get; init; }
}
