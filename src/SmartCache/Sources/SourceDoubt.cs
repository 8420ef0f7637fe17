namespace SmartCache.Sources;

/// <summary>
/// What became of suspecting an unproven source. Its encode failed and it was dropped; if the same bytes come again, the encode is to blame, or the origin (a CDN may have
/// cached a truncated file), and fetching them for every attempt helps nobody: they stay for an hour, twice as long each time they come again, and a day at most.
/// No proof: it says nothing about the content that another machine could use.
/// </summary>
internal sealed record SourceDoubt
{
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How often the bytes came again after they had been dropped.</summary>
    public int Returns { get; init; }

    /// <summary>Until when a failing encode leaves them where they are; <see langword="null"/> while they are dropped.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    public SourceDoubt Dropped() => this with { KeptUntil = null };

    public SourceDoubt Returned(DateTimeOffset now)
    {
        var hours = Math.Min(Shortest.TotalHours * Math.Pow(2, Returns), Longest.TotalHours);
        return new SourceDoubt { Returns = Returns + 1, KeptUntil = now + TimeSpan.FromHours(hours) };
    }

    /// <summary>Whether a failing encode leaves the source where it is. A clock that jumped must not keep it for years.</summary>
    public bool Keeps(DateTimeOffset now) => KeptUntil is { } until && now < until && until - now <= Longest;
}
