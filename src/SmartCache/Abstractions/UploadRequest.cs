namespace SmartCache;

/// <summary>A tree to upload.</summary>
/// <param name="JobId">Whatever stays the same over the retries of one piece of work; where it does not, content still finds the state.</param>
/// <param name="Directory">The directory that becomes the root of the tree. It is read, never changed.</param>
public sealed record UploadRequest(string JobId, string Directory)
{
    /// <summary>The profiles inside the tree; their hashes are not computed again, and the readable state counts by them.</summary>
    public IReadOnlyList<EncodedProfile> Profiles { get; init; } = [];

    /// <summary>The target, where the caller has chosen one; <see langword="null"/> = any.</summary>
    public UploadTarget? Target { get; init; }

    /// <summary>The live link to the upload state. Set by the decorator.</summary>
    public IUploadSession? Session { get; init; }

    /// <summary>How this request uses the cache. Default <see cref="CacheUse.Use"/>.</summary>
    public CacheUse Use { get; init; }
}
