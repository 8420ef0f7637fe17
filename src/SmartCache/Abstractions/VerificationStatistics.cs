namespace SmartCache;

/// <summary>How far the background verification of a layer is, over all processes and restarts.</summary>
/// <remarks>
/// It is noted twice a minute at most and after a whole entry, so that a round which has just begun does not show yet, and an entry of gigabytes takes a while to
/// be counted.
/// </remarks>
public sealed record VerificationStatistics
{
    /// <summary>When the latest round began.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>When the latest round ended; <see langword="null"/> while it is under way.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>When a round ended last: the latest one, or while that is under way the one before.</summary>
    /// <remarks><see langword="null"/> where none did yet.</remarks>
    public DateTimeOffset? LastEnded { get; init; }

    /// <summary>Entries that the round has looked at.</summary>
    public int Checked { get; init; }

    /// <summary>Entries of the round in all: <see cref="Checked"/>, and those that it still has to come to.</summary>
    public int Entries { get; init; }

    /// <summary>Bytes that the round has read.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries that were found wrong in the round and went to quarantine.</summary>
    public int Wrong { get; init; }
}
