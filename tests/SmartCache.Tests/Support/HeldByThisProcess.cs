using SmartCache.Worker.WholeJob;

namespace SmartCache.Tests.Support;

/// <summary>What this process holds of a test's cache.</summary>
internal static class HeldByThisProcess
{
    public static string Of(TestCache cache) => Held.Of(cache.CacheRoot());

    /// <summary>What was given up ends a moment later than its caller.</summary>
    public static async Task BecomesAsync(TestCache cache, string wanted)
    {
        using var guard = new CancellationTokenSource(HangGuard.Limit);
        string held;
        while ((held = Of(cache)) != wanted)
        {
            guard.IsCancellationRequested.Should().BeFalse($"it holds {held} and not {wanted}");
            await Task.Delay(5);
        }

        Held.ReservedBytes(cache.CacheRoot()).Should().Be(0);
    }
}
