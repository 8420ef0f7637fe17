using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>One entry that is wanted from the store.</summary>
/// <param name="Object">Its object, below the prefix and the version.</param>
/// <param name="Phase">What the job is told while it comes.</param>
/// <param name="Place">
/// Where each file goes, in the header's order, asked when the header is there; <see langword="null"/> where it is not what was asked for: names are cut hashes, and the whole
/// preimage decides.
/// </param>
internal sealed record PackRequest(string Object, string Phase, Func<ManifestContent, IReadOnlyList<string>?> Place)
{
    /// <summary>The permissions of its files, which belong to whoever their directory belongs to; <see langword="null"/> where they are the worker's own, as it would make them.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>Asked when it is known how large it is, before anything is written; <see langword="null"/> where it goes to the worker's own directory.</summary>
    public Func<ManifestContent, CancellationToken, ValueTask<bool>>? Reserve { get; init; }
}
