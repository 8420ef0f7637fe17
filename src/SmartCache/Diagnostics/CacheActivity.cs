using System.Diagnostics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>SmartCache</c> activity source: one activity per stage. Listeners are the worker's code; what they throw ends here.</summary>
internal static class CacheActivity
{
    private static readonly ActivitySource? Source = MakeSource();

    public static Activity? Start(string name)
    {
        var around = Activity.Current;
        try
        {
            return Source?.StartActivity(name);
        }
        catch (Exception)
        {
            // It became the current one before its listener threw, and nobody would stop it.
            Activity.Current = around;
            return null;
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
