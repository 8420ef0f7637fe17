namespace SmartCache.Torture.Tracing;

/// <summary>Is asked at each system call on a path of the cache, before it is made.</summary>
internal interface IStepWatcher
{
    /// <summary>The directory of the case, with a separator at its end.</summary>
    string Root { get; }

    /// <summary>What is done to the call: an error that it gives instead of being made, or one of <see cref="Injection"/>'s; <see langword="null"/> where it passes.</summary>
    int? Strike(Step step);
}
