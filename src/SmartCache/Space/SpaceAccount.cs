using System.Text.Json.Serialization;

namespace SmartCache.Space;

/// <summary>
/// <c>quota/account.json</c>: what the closed files of all layers take. Never less than the truth: who publishes adds before giving up its reservation,
/// who dies is charged with all it had reserved, and only a count of what lies on the disk takes anything off.
/// </summary>
/// <param name="Version">Of the format.</param>
/// <param name="Bytes">Allocated bytes; <see langword="null"/> before the first count.</param>
/// <param name="Count">The count that is under way or was the last one.</param>
/// <param name="SinceCount">Bytes added since that count began: it may have seen them or not.</param>
internal sealed record SpaceAccount(int Version, long? Bytes, string? Count, long SinceCount)
{
    public const int CurrentVersion = 1;

    /// <summary>
    /// The start of the machine under which it was written, <see cref="Storage.Platform.FileSystem.Boot"/>. It is not flushed: after a power cut an older one may be
    /// there, which says too little. So an account of another start counts for nothing, and a count comes before the first reservation.
    /// </summary>
    public string? Boot { get; init; }

    public static SpaceAccount Uncounted { get; } = new(CurrentVersion, null, null, 0);

    /// <summary>Whether the numbers can be: a damaged file must neither hide what is used nor overflow.</summary>
    [JsonIgnore]
    public bool IsPossible => Bytes is null or (>= 0 and <= WriterSpace.Most) && SinceCount is >= 0 and <= WriterSpace.Most;

    public SpaceAccount Plus(long bytes) => this with { Bytes = Bytes + bytes, SinceCount = SinceCount + bytes };
}
