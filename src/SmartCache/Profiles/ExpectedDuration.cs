namespace SmartCache.Profiles;

/// <summary>
/// How long the pictures of a result must be, and what follows where they are not. The one rule for the encode stages and for the cache:
/// <code>
/// it comes from                            result shorter                               result longer
/// stream, tag, packets; a recipe's own     the encode failed: not stored, and the       not stored
///                                          source is under suspicion (it may be cut)
/// container (longest stream: a bound)      not stored; nobody is to blame               stored
/// timestamps (wrong where files are joined) not stored; nobody is to blame              stored
/// </code>
/// A longer result never speaks against the source: nothing can be made of what is not there.
/// </summary>
/// <param name="Length">The expected length.</param>
/// <param name="Source">Where it comes from: a value of <see cref="MediaFacts.DurationSource"/>; <see langword="null"/> where nobody said, which is taken for exact.</param>
internal readonly record struct ExpectedDuration(TimeSpan Length, string? Source)
{
    // Encoders round to whole frames and audio packets, and containers to their clocks: a second, and 2 ‰ for long videos.
    private static readonly TimeSpan FixedTolerance = TimeSpan.FromSeconds(1);
    private const double RelativeTolerance = 0.002;

    /// <summary>Whether it is known and not only a bound or an estimate.</summary>
    public bool IsExact => Source is not (MediaFacts.FromContainer or MediaFacts.FromTimestamps);

    public TimeSpan Tolerance => FixedTolerance + (Length * RelativeTolerance);

    /// <returns><see langword="null"/> where neither recipe nor source says how long the result must be.</returns>
    public static ExpectedDuration? Of(EncodeRecipe recipe, SourceMedia? source)
    {
        if (recipe.ExpectedDuration is not { } own)
        {
            return source?.Duration is { } probed ? new ExpectedDuration(probed, source.DurationSource) : null;
        }

        // A recipe that repeats what the source says knows it no better.
        return new ExpectedDuration(own, recipe.ExpectedDurationSource ?? (own == source?.Duration ? source.DurationSource : null));
    }

    public bool IsShort(TimeSpan actual) => Length - actual > Tolerance;

    public bool IsLong(TimeSpan actual) => actual - Length > Tolerance;

    /// <summary>Shorter than what is known for certain: the encode is not whole, or the source is cut.</summary>
    public bool ProvesLoss(TimeSpan actual) => IsExact && IsShort(actual);

    public bool MayBeStored(TimeSpan actual) => !IsShort(actual) && (!IsExact || !IsLong(actual));
}
