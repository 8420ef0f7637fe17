namespace SmartCache.Torture.WeakDisk;

/// <summary>A file or directory, whatever its names are.</summary>
internal abstract class WeakNode
{
    /// <summary>The directory that it lies in at the end of what was recorded so far, and its name there.</summary>
    public WeakDirectory? Parent { get; set; }

    public string Name { get; set; } = "";

    /// <summary>Below the directory of the case.</summary>
    public string Path => Parent is null ? Name : Parent.Path.Length == 0 ? Name : Parent.Path + "/" + Name;
}

/// <summary>A directory as it was when the recording began, and as it is by now.</summary>
internal sealed class WeakDirectory : WeakNode
{
    /// <summary>What is on the disk for certain, from before.</summary>
    public Dictionary<string, WeakNode> Before { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, WeakNode> Now { get; } = new(StringComparer.Ordinal);
}

/// <summary>A file: its bytes when the recording began, <see langword="null"/> where it did not exist.</summary>
internal sealed class WeakFile(WeakBytes? before) : WeakNode
{
    public WeakBytes? Before { get; } = before;

    /// <summary>Whether it was a job's own file, and was linked.</summary>
    public bool IsLinked { get; init; }
}

/// <summary>Bytes of a file and its modification time.</summary>
internal sealed record WeakBytes(byte[] Content, long Modified);
