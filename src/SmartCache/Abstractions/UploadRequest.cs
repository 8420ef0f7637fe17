using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A tree to upload.</summary>
/// <param name="JobId">Whatever stays the same over the retries of one piece of work; where it does not, content still finds the state.</param>
/// <param name="Directory">The directory that becomes the root of the tree. It is read, never changed.</param>
public sealed record UploadRequest(string JobId, string Directory)
{
    private readonly ListByContent<EncodedProfile> _profiles = new([]);

    /// <summary>The profiles inside the tree; their hashes are not computed again, and the readable state counts by them.</summary>
    public IReadOnlyList<EncodedProfile> Profiles
    {
        get => _profiles.List;
        init => _profiles = new(value);
    }

    /// <summary>The target, where the caller has chosen one; <see langword="null"/> = any.</summary>
    public UploadTarget? Target { get; init; }

    /// <summary>The live link to the upload state.</summary>
    /// <remarks>Set by the decorator.</remarks>
    public IUploadSession? Session { get; init; }

    /// <summary>How this request uses the cache.</summary>
    /// <remarks>Default <see cref="CacheUse.Use"/>.</remarks>
    public CacheUse Use { get; init; }
}
