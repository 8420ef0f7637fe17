namespace SmartCache.Torture.PowerCuts;

/// <summary>What a power cut may leave: everything before a flush, and some of what came between that and the next.</summary>
/// <param name="Flush">How many records are on the disk for certain; the last of them is a flush.</param>
/// <param name="Told">How long the log was when the power went: right before the next flush was done.</param>
/// <param name="Writes">What of the later writes is there too: their numbers among the records.</param>
/// <param name="Torn">One of them of which only some sectors are there; -1 for none.</param>
/// <param name="Seed">Which sectors.</param>
/// <param name="Name">For the report.</param>
/// <param name="Between">The two flushes that it lies between.</param>
/// <param name="Kind">What is known before it is mounted about whether it recovers to something new.</param>
internal sealed record CrashImage(int Flush, long Told, int[] Writes, int Torn, ulong Seed, string Name, CrashInterval Between, string Kind)
{
    public const int Sector = 512;

    /// <summary>Whether it is more than what was there at the flush.</summary>
    public bool IsPart => Name != "none";
}
