using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A directory that a cache would take over.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record AdoptableDirectory
{
    private readonly ListByContent<string> _foreign = new([]);
    private readonly ListByContent<string> _damaged = new([]);

    /// <summary><c>root</c>, <c>sources</c>, <c>profiles</c> or <c>uploads</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether it bears the cache's marker already.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether it bears the marker of another directory, or of something else than this library.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Entries whose manifest can be read; of <c>uploads</c>, jobs.</summary>
    public int Entries { get; init; }

    /// <summary>Names that the cache gives to nothing there: they would stay and be left alone, and take space that it does not count.</summary>
    public IReadOnlyList<string> Foreign
    {
        get => _foreign.List;
        init => _foreign = new(value);
    }

    /// <summary>Directories that are called as entries are, and are none: a clean-up would delete them.</summary>
    public IReadOnlyList<string> Damaged
    {
        get => _damaged.List;
        init => _damaged = new(value);
    }
}
