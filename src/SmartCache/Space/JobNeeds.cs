namespace SmartCache.Space;

/// <summary>What unfinished jobs need of the entries.</summary>
/// <param name="Largest">The one that needs most.</param>
/// <param name="Free">What of the entries none of them needs.</param>
internal sealed record JobNeeds(long Largest, long Free);
