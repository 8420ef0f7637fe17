namespace SmartCache;

/// <summary>Some of an object's bytes.</summary>
/// <param name="offset">Where they begin, from 0.</param>
/// <param name="count">How many; at least 1.</param>
public readonly struct ObjectRange(long offset, long count) : IEquatable<ObjectRange>
{
    /// <summary>Where they begin, from 0.</summary>
    public long Offset { get; } = offset;

    /// <summary>How many; at least 1.</summary>
    public long Count { get; } = count;

    /// <summary>Whether two are the same.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(ObjectRange left, ObjectRange right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(ObjectRange left, ObjectRange right) => !left.Equals(right);

    /// <inheritdoc />
    public bool Equals(ObjectRange other) => (Offset, Count) == (other.Offset, other.Count);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is ObjectRange other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Offset, Count);

    /// <summary>The two numbers.</summary>
    public override string ToString() => $"{Count} bytes from {Offset}";
}
