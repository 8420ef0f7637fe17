namespace SmartCache.Sources;

/// <summary>What an encode says against its source.</summary>
/// <param name="Reason">For the log.</param>
/// <param name="IsTransient">The encode may succeed with the same source, as its encoder says.</param>
internal readonly record struct Suspicion(string Reason, bool IsTransient = false)
{
    /// <summary>The same, as something else may be to blame: what the encode went on from.</summary>
    public Suspicion Excused(bool isResumed) => this with { IsTransient = IsTransient || isResumed };

    public static Suspicion Of(Exception exception) => new($"encoding it failed ({exception.GetType().Name})", exception is StageException { IsTransient: true });
}
