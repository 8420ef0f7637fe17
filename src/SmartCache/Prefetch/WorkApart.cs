using SmartCache.Layers;

namespace SmartCache.Prefetch;

/// <summary>Work beside whoever gives the cause for it.</summary>
/// <param name="boundary">Is told what it throws: on a thread of the pool an exception would end the worker.</param>
internal sealed class WorkApart(CacheBoundary boundary)
{
    /// <summary>Does something short, soon.</summary>
    public void Queue(Action work) => ThreadPool.UnsafeQueueUserWorkItem(Do, work, preferLocal: false);

    /// <summary>Does it here and now.</summary>
    public void Do(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception)
        {
            boundary.Report("prefetch", exception);
        }
    }

    /// <summary>Runs it in no flow: whoever announces something may be in the middle of a production, which this is no part of.</summary>
    public static Task Run(Func<Task> work) => InNoFlow(() => Task.Run(work));

    /// <summary>A timer in no flow: it would keep that of the first announcement as long as it lives.</summary>
    public static ITimer NewTimer(TimeProvider time, Action due) =>
        InNoFlow(() => time.CreateTimer(static it => ((Action)it!)(), due, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));

    private static T InNoFlow<T>(Func<T> make)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return make();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return make();
        }
    }
}
