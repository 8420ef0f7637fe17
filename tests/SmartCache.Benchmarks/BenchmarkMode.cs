namespace SmartCache.Benchmarks;

internal enum BenchmarkMode
{
    Tables,
    Overhead,

    /// <summary>The second process of <see cref="Overhead"/>: one attempt of a job, with or without the cache.</summary>
    Attempt,

    Scale,

    /// <summary>A second process of <see cref="Scale"/>.</summary>
    ScaleStep,
}
