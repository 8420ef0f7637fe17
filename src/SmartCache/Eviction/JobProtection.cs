namespace SmartCache.Eviction;

/// <summary>
/// The layer around every policy: what an unfinished job needs goes last. It is over when the job ends, and for jobs whose
/// end nobody reported, <see cref="Period"/> after their last sign of life or expected retry.
/// </summary>
/// <remarks>
/// A job that has been silent for <see cref="QuietAfter"/> may be one whose end got lost. Its entries go before those of jobs that are alive, which costs nothing while
/// every end arrives; and where <see cref="SilenceOdds"/> has learned that silent jobs do not come back, they are free (docs/eviction.md).
/// </remarks>
internal sealed record JobProtection
{
    /// <summary>Protects nothing: what the policy alone would do.</summary>
    public static JobProtection Off { get; } = new() { Enabled = false };

    public static JobProtection Default { get; } = new();

    public bool Enabled { get; init; } = true;

    public TimeSpan Period { get; init; } = TimeSpan.FromHours(6);

    public TimeSpan QuietAfter { get; init; } = TimeSpan.FromHours(1.5);

    /// <param name="candidate">The entry.</param>
    /// <param name="now">The time of the decision.</param>
    /// <param name="silenceIsTheEnd">Whether a job that has been silent for <see cref="QuietAfter"/> counts as one that has ended.</param>
    public ProtectionLevel LevelOf(in EvictionCandidate candidate, DateTimeOffset now, bool silenceIsTheEnd = false)
    {
        if (!Enabled)
            return ProtectionLevel.Free;
        var otherwise = candidate.IsOwed ? ProtectionLevel.Quiet : ProtectionLevel.Free;
        if (candidate.UnfinishedJobs <= 0)
            return otherwise;
        // A clock that was wrong once must not protect for years.
        var touched = candidate.LastAccess < now ? candidate.LastAccess : now;
        var left = touched + Period - now;
        if (candidate.ProtectedUntil - now > left)
            left = candidate.ProtectedUntil - now;
        if (left <= TimeSpan.Zero)
            return otherwise;
        if (left >= Period - QuietAfter)
            return ProtectionLevel.Active;
        return silenceIsTheEnd ? otherwise : ProtectionLevel.Quiet;
    }

    /// <summary>
    /// Whether an entry stays whatever a newcomer is worth: a source pushes out no profile of its own unfinished job. A job that has the profile does not even
    /// ask for the source to make it, and without the profile it encodes again at each attempt.
    /// </summary>
    public bool Spares(in EvictionCandidate entry, in EvictionCandidate newcomer) =>
        Enabled && newcomer is { Kind: EntryKind.Source, Jobs: { } jobs } && entry is { Kind: EntryKind.Profile, Jobs: { } needing } && needing.AsSpan().ContainsAny(jobs);
}
