namespace SmartCache.Prefetch;

/// <summary>What lies on the disk of a download that is under way.</summary>
/// <param name="Come">What has come for certain: a file may be as long as it will be from the beginning, or have blocks that it does not need yet.</param>
/// <param name="Output">Allocated bytes in its own directory, which no account knows.</param>
/// <param name="Partials">Allocated bytes of its partial, which counts for <c>MaxSize</c> as it is.</param>
/// <param name="Mark">Differs where anything of it was changed.</param>
internal sealed record WrittenAhead(long Come, long Output, long Partials, int Mark)
{
    public static WrittenAhead Nothing { get; } = new(0, 0, 0, 0);
}
