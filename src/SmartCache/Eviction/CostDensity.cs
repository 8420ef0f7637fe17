namespace SmartCache.Eviction;

/// <summary>
/// Rebuild seconds per GB. In seconds per byte the ranks of GB-sized entries would lie 10⁻¹² apart beside an ageing value
/// that grows.
/// </summary>
internal sealed class CostDensity
{
    public const double MinSeconds = 0.1;
    public const double MaxSeconds = 24 * 3600;

    // One for each kind; before anything was measured all are alike.
    private readonly double[] _medians = [1, 1];

    /// <summary>The candidate's own density, or where its cost is unknown, the median of its layer.</summary>
    public double Of(in EvictionCandidate candidate) =>
        IsKnown(candidate) ? Measured(candidate) : _medians[(int)candidate.Kind];

    /// <summary>Takes the medians of those whose cost is known, if any is needed.</summary>
    public void Learn(ReadOnlySpan<EvictionCandidate> candidates)
    {
        var anyUnknown = false;
        foreach (ref readonly var candidate in candidates)
            anyUnknown |= !IsKnown(candidate);
        if (!anyUnknown)
            return;
        var found = new List<double>[] { [], [] };
        foreach (ref readonly var candidate in candidates)
        {
            if (IsKnown(candidate))
                found[(int)candidate.Kind].Add(Measured(candidate));
        }

        for (var kind = 0; kind < found.Length; kind++)
        {
            // A layer without a single measurement borrows from the other one.
            var densities = found[kind].Count > 0 ? found[kind] : found[1 - kind];
            if (densities.Count == 0)
                continue;
            densities.Sort();
            _medians[kind] = densities[densities.Count / 2];
        }
    }

    private static bool IsKnown(in EvictionCandidate candidate) => candidate.CostSeconds is { } seconds && double.IsFinite(seconds);

    private static double Measured(in EvictionCandidate candidate) =>
        Math.Clamp(candidate.CostSeconds!.Value, MinSeconds, MaxSeconds) * 1e9 / Math.Max(candidate.Size, 1);
}
