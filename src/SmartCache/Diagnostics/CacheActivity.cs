using System.Diagnostics;

namespace SmartCache.Diagnostics;

/// <summary>The <c>SmartCache</c> activity source: one activity per stage.</summary>
internal static class CacheActivity
{
    public static readonly ActivitySource Source = new("SmartCache");
}
