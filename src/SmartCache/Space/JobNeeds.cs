namespace SmartCache.Space;

/// <summary>What unfinished jobs need of the entries.</summary>
/// <param name="Bytes">All of them.</param>
/// <param name="Largest">The one that needs most.</param>
internal sealed record JobNeeds(long Bytes, long Largest);
