namespace SmartCache;

/// <summary>Some of an object's bytes.</summary>
/// <param name="Offset">Where they begin, from 0.</param>
/// <param name="Count">How many; at least 1.</param>
public readonly record struct ObjectRange(long Offset, long Count);
