namespace SmartCache;

/// <summary>A sign of life of who does some work elsewhere.</summary>
public sealed record WorkSign
{
    /// <summary>Another one after each sign of life. Only compared; a holder whose sign stays the same for too long, by the looker's own clock, is dead.</summary>
    public required string Sign { get; init; }

    /// <summary>How far it is; <see langword="null"/> where it did not say.</summary>
    public StageProgress? Progress { get; init; }
}
