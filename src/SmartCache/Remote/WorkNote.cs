namespace SmartCache.Remote;

/// <summary><c>work/{key}</c> in the store: who does some work. Another beat after each sign of life, because equal bytes have equal tags.</summary>
internal sealed record WorkNote
{
    public int Version { get; init; } = 1;

    /// <summary>Another one for each lease.</summary>
    public required string Owner { get; init; }

    public long Beat { get; init; }

    public string? Phase { get; init; }

    public double? Fraction { get; init; }

    /// <summary>Given back. Never deleted: a conditional delete is ignored by some engines.</summary>
    public bool IsReleased { get; init; }

    public StageProgress? Progress => Phase is { } phase ? new StageProgress(phase) { Fraction = Fraction } : null;
}
