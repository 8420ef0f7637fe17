using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>An entry that was fetched into the worker's own files, every byte checked; or why it was not.</summary>
/// <param name="Result">Whether it is there.</param>
internal sealed record FetchedPack(RemoteResult Result)
{
    /// <summary>What the header said; <see langword="null"/> where it is not there.</summary>
    public ManifestContent? Content { get; init; }

    /// <summary>Bytes of its files.</summary>
    public long Bytes { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The object's tag.</summary>
    public string? Tag { get; init; }

    /// <summary>When the object was stored or last renewed, by the store's clock.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Deletes what was written.</summary>
    public Action TakeBack { get; init; } = static () => { };

    /// <summary>For the line of the stage.</summary>
    public string Text => FormattableString.Invariant($"from remote, {Bytes / 1e6 / Math.Max(Took.TotalSeconds, 1e-6):F1} MB/s");
}
