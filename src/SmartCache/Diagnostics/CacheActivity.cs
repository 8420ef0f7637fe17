using System.Diagnostics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>SmartCache</c> activity source: one activity per stage. Listeners are the worker's code; what they throw ends here.</summary>
internal static class CacheActivity
{
    private static readonly ActivitySource? Source = MakeSource();

    /// <param name="layer">Whose stage it is around.</param>
    public static Activity? Start(string layer)
    {
        var around = Activity.Current;
        try
        {
            return Source?.StartActivity("smartcache." + layer);
        }
        catch (Exception)
        {
            // It became the current one before its listener threw, and nobody would stop it.
            Activity.Current = around;
            return null;
        }
    }

    /// <summary>Says what the stage came to.</summary>
    /// <param name="activity">The activity, where anybody listens.</param>
    /// <param name="outcome">What the cache did.</param>
    /// <param name="reason">Why the work was not spared.</param>
    /// <param name="failure">What the stage failed with.</param>
    public static void Tell(Activity? activity, CacheOutcome outcome, CacheReason reason, string? failure = null)
    {
        activity?.SetTag("smartcache.outcome", outcome.ToString()).SetTag("smartcache.reason", reason.ToString());
        if (failure is not null)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure);
        }
    }

    public static void Stop(Activity? activity)
    {
        try
        {
            activity?.Dispose();
        }
        catch (Exception)
        {
            // The listeners are told before the activity around it is current again.
            Activity.Current = activity!.Parent;
        }
    }

    // Every listener of the process is asked whether it wants to hear of it.
    private static ActivitySource? MakeSource()
    {
        try
        {
            return new ActivitySource(SmartCacheTelemetry.ActivitySourceName);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
