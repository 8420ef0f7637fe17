using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Waits for what must come true by work that nobody can be told of.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> isTrue)
    {
        var end = TimeProvider.System.GetTimestamp();
        while (!isTrue())
        {
            TimeProvider.System.GetElapsedTime(end).Should().BeLessThan(HangGuard.Limit);

            // The work goes on in real time, on threads that tell nobody; a clock that a test drives must not run away from it.
            await Task.Delay(5);
        }
    }
}
