namespace SmartCache;

/// <summary>One profile to encode.</summary>
/// <param name="Source">The video as the download stage returned it.</param>
/// <param name="Profile">The profile wanted.</param>
/// <param name="OutputDirectory">Where the profile's files go. The files are the caller's afterwards; give each profile a directory of its own.</param>
public sealed record EncodeRequest(DownloadedVideo Source, EncodingProfile Profile, string OutputDirectory)
{
    /// <summary>The recipe, where it was described before; the decorator sets it, so that an encoder need not describe twice.</summary>
    public EncodeRecipe? Recipe { get; init; }

    /// <summary>Whatever stays the same over the retries of one piece of work.</summary>
    public string? JobId { get; init; }

    /// <summary>How this request uses the cache.</summary>
    /// <remarks>Default <see cref="CacheUse.Use"/>.</remarks>
    public CacheUse Use { get; init; }

    /// <summary>Where an encoder that can go on in the middle keeps its finished parts, and finds those of an earlier attempt.</summary>
    /// <remarks>
    /// Set by <see cref="CachingProfileEncoder"/> with <c>Cache:Checkpoints:Mode</c> <c>On</c>, for a profile that will be stored and that nobody else encodes at the same time.
    /// <see langword="null"/> where there is none.
    /// </remarks>
    public IEncodeCheckpoint? Checkpoint { get; init; }
}
