namespace SmartCache.Sources;

/// <summary>What an encode says against its source.</summary>
/// <param name="Reason">For the log.</param>
/// <param name="IsTransient">The encode may succeed with the same source, as its encoder says.</param>
internal readonly record struct Suspicion(string Reason, bool IsTransient = false)
{
    public static Suspicion Of(Exception exception) => new($"encoding it failed ({exception.GetType().Name})", exception is StageException { IsTransient: true });
}
