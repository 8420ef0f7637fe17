namespace SmartCache;

/// <summary>What became of storing an object.</summary>
public sealed record ObjectPut
{
    private ObjectPut()
    {
    }

    /// <summary>It was not stored, because its <see cref="PutCondition"/> does not hold.</summary>
    public static ObjectPut Refused { get; } = new();

    /// <summary>Whether it was stored.</summary>
    public bool IsStored { get; private init; }

    /// <summary>Its tag, if the engine said it.</summary>
    public string? Tag { get; private init; }

    /// <summary>It was stored.</summary>
    /// <param name="tag">Its tag, if the engine said it.</param>
    public static ObjectPut Stored(string? tag) => new() { IsStored = true, Tag = tag };
}
