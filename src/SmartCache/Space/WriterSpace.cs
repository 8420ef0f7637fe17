using System.Text.Json.Serialization;

namespace SmartCache.Space;

/// <summary><c>quota/{writer}.json</c>: what one process has reserved and not yet published. Void when the writer's lock is free.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="Bytes">Bytes by which the cache may grow.</param>
/// <param name="Writes">Of these, what is still to be written, by device: links take no space of their own.</param>
internal sealed record WriterSpace(int Version, long Bytes, IReadOnlyDictionary<string, long> Writes)
{
    public const int CurrentVersion = 1;

    public static WriterSpace Nothing { get; } = new(CurrentVersion, 0, new Dictionary<string, long>());

    /// <summary>More than any disk, and few enough that a thousand writers can be added up.</summary>
    public const long Most = 1_000_000_000_000_000;

    /// <summary>Whether the numbers can be: a damaged file must neither hide what is used nor overflow.</summary>
    [JsonIgnore]
    public bool IsPossible => Bytes is >= 0 and <= Most && (Writes is null || Writes.Values.All(static bytes => bytes is >= 0 and <= Most));

    public long WritesOn(string device) => Writes?.GetValueOrDefault(device) ?? 0;

    public WriterSpace With(SpaceRequest request, string device, int sign)
    {
        var writes = new Dictionary<string, long>(Writes) { [device] = Math.Max(0, WritesOn(device) + (sign * request.Writes)) };
        return this with { Bytes = Math.Max(0, Bytes + (sign * request.Bytes)), Writes = writes };
    }
}
