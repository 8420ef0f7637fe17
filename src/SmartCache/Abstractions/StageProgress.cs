namespace SmartCache;

/// <summary>One progress report of a stage.</summary>
/// <remarks>Reports are also the stage's sign of life to other workers that wait for it.</remarks>
/// <param name="Phase">What is being done, in a word or two: <c>download</c>, <c>encode</c>, <c>waiting</c>, <c>hashing</c>.</param>
public sealed record StageProgress(string Phase)
{
    /// <summary>The done part, 0 to 1; <see langword="null"/> where it is not known.</summary>
    public double? Fraction { get; init; }

    /// <summary>Bytes done so far; <see langword="null"/> where bytes mean nothing.</summary>
    public long? Bytes { get; init; }

    /// <summary>Bytes in all; <see langword="null"/> where not known.</summary>
    public long? TotalBytes { get; init; }
}
