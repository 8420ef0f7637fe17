namespace SmartCache;

/// <summary>When an object is to be stored.</summary>
public sealed record PutCondition
{
    private PutCondition()
    {
    }

    /// <summary>In any case.</summary>
    public static PutCondition None { get; } = new();

    /// <summary>Only where no object has the name.</summary>
    public static PutCondition IfAbsent { get; } = new() { IsAbsent = true };

    /// <summary>Whether no object may have the name.</summary>
    public bool IsAbsent { get; private init; }

    /// <summary>The tag that the object must have; <see langword="null"/> where that does not matter.</summary>
    public string? Tag { get; private init; }

    /// <summary>Only where the object has this tag.</summary>
    /// <param name="tag">As <see cref="ObjectEntry.Tag"/> gave it.</param>
    public static PutCondition IfTag(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return new PutCondition { Tag = tag };
    }
}
