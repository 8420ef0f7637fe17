namespace SmartCache.Eviction;

/// <summary>The ageing value from a time on.</summary>
internal sealed record AgeingStep(DateTimeOffset Since, double Level);
