namespace SmartCache.FFMpegCore.Results;

/// <summary>One picture, or one piece of sound, of a fragment.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Duration">In ticks of its track.</param>
/// <param name="Offset">By how much later than it is decoded it is shown.</param>
internal readonly record struct FragmentSample(long Size, long Duration, long Offset);
