namespace SmartCache.Uploads;

/// <summary>Which records are relied on without asking: those younger than <c>TrustUploads</c>, measured from when the session opened.</summary>
internal sealed class RecordTrust(TimeSpan trust, TimeProvider time)
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly long _since = (time.GetUtcNow() - trust).ToUnixTimeSeconds();

    public long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>
    /// One from the future is from a clock that proves nothing. Where nothing is trusted, only what the session learned itself counts: its second may be that of a
    /// record of moments before.
    /// </summary>
    public bool Covers(JournalRecord record) =>
        record.UnixTime >= _since && record.UnixTime <= Now + ClockSkew.TotalSeconds && (trust > TimeSpan.Zero || record.At is { Own: > 0 });
}
