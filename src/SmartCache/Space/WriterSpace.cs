using System.Text.Json.Serialization;

namespace SmartCache.Space;

/// <summary><c>quota/{writer}.json</c>: what one process has reserved and not yet published. Void when the writer's lock is free.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="Bytes">Bytes by which the cache may grow.</param>
/// <param name="Writes">Of these, what is still to be written, by device: links take no space of their own.</param>
internal sealed record WriterSpace(int Version, long Bytes, IReadOnlyDictionary<string, long> Writes)
{
    public const int CurrentVersion = 1;

    /// <summary>Files and directories that are still to be made, by device. An older version's file has none.</summary>
    public IReadOnlyDictionary<string, long>? Inodes { get; init; }

    public static WriterSpace Nothing { get; } = new(CurrentVersion, 0, new Dictionary<string, long>());

    /// <summary>More than any disk, and few enough that a thousand writers can be added up.</summary>
    public const long Most = 1_000_000_000_000_000;

    /// <summary>Whether the numbers can be: a damaged file must neither hide what is used nor overflow.</summary>
    [JsonIgnore]
    public bool IsPossible => Bytes is >= 0 and <= Most && ArePossible(Writes) && ArePossible(Inodes);

    public WriterSpace With(SpaceRequest request, string device, int sign) => this with
    {
        Bytes = Math.Max(0, Bytes + (sign * request.Bytes)),
        Writes = Plus(Writes, device, sign * request.Writes),
        Inodes = Plus(Inodes, device, sign * request.Inodes),
    };

    private static bool ArePossible(IReadOnlyDictionary<string, long>? byDevice) => byDevice is null || byDevice.Values.All(static value => value is >= 0 and <= Most);

    private static IReadOnlyDictionary<string, long> Plus(IReadOnlyDictionary<string, long>? byDevice, string device, long more)
    {
        byDevice ??= Nothing.Writes;
        var value = Math.Max(0, byDevice.GetValueOrDefault(device) + more);
        if (value == 0 && byDevice.Count == (byDevice.ContainsKey(device) ? 1 : 0))
        {
            // A writer has nothing reserved most of the time: then it needs no map of its own.
            return Nothing.Writes;
        }

        return new Dictionary<string, long>(byDevice) { [device] = value };
    }
}
