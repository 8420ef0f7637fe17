using SmartCache.Layers;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>For what something has to go.</summary>
/// <param name="Layer">On whose file system.</param>
internal sealed record EvictionNeed(EntryLayer Layer)
{
    /// <summary>Who asks; <see langword="null"/> where it is for the limits alone.</summary>
    public SpaceRequest? Asked { get; init; }

    /// <summary>What was refused and is about to leave the disk: nothing has to go for it any more.</summary>
    public SpaceRequest? Leaving { get; init; }

    /// <summary>Whether the disk said itself that it is full. Where that is not seen in what it has left, as with a user's quota, one slice goes all the same.</summary>
    public bool IsFull { get; init; }

    /// <summary>Whether it is for something that no job has asked for.</summary>
    public bool IsSpeculative => Asked?.KeepsFree is not null;

    /// <summary>What a limit asks for when the asker was refused: of one that is not worth its place nothing stays.</summary>
    public EvictionNeed Without(SpaceRefusal refusal) => new(Layer) { Leaving = refusal == SpaceRefusal.NotWorthIt ? Asked?.Leaving() : null };
}
