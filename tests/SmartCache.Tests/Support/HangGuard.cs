namespace SmartCache.Tests.Support;

/// <summary>How long a test waits for something that must come. Generous: a busy machine is no failure, only a hang is.</summary>
internal static class HangGuard
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Task<T> Guarded<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Guarded(this Task task) => task.WaitAsync(Limit);
}
