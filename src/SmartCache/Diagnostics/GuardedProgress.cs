namespace SmartCache.Diagnostics;

/// <summary>
/// Reports of the cache itself to the worker's progress. Without the cache nobody would have reported just then, so what the worker's code throws is no fault of
/// the disk and no end of the stage. What an inner stage reports goes to the worker as without the cache, and so does the exception back.
/// </summary>
internal static class GuardedProgress
{
    public static void Tell(this IProgress<StageProgress>? progress, StageProgress value)
    {
        try
        {
            progress?.Report(value);
        }
        catch (Exception)
        {
            // The worker's own code.
        }
    }
}
