namespace SmartCache;

/// <summary>The live link between an uploader and the upload state.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IUploadSession : IAsyncDisposable
{
    /// <summary>
    /// The target that already holds most of this tree; <see langword="null"/> where none does. It names the target by its <see cref="UploadTarget.Id"/>:
    /// find your address of it by that, because an <see cref="UploadTarget.Endpoint"/> is never stored.
    /// </summary>
    UploadTarget? PreferredTarget { get; }

    /// <summary>The tree in ordinal order of paths, hashed once; hashes known to the cache are not computed again.</summary>
    IReadOnlyList<UploadFile> Files { get; }

    /// <summary>
    /// What lies in the tree and is not in <see cref="Files"/>, as relative paths: links, which the cache does not follow, devices, and what a killed encode left.
    /// </summary>
    /// <remarks>Empty for nearly every tree. An uploader that goes by <see cref="Files"/> alone sends less than the tree where it is not.</remarks>
    IReadOnlyList<string> PassedBy { get; }

    /// <summary>What is known about one target, and where its confirmations go.</summary>
    /// <param name="target">The target that is about to be used.</param>
    IUploadCheckpoint For(UploadTarget target);

    /// <summary>The whole tree is on the target.</summary>
    /// <remarks>Calling it again changes nothing; the decorator calls it for an uploader that does not.</remarks>
    /// <param name="result">What the upload came to.</param>
    /// <param name="cancellationToken">Ends the wait; what is recorded stays.</param>
    ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default);

    /// <summary>The attempt failed.</summary>
    /// <remarks>Only the exception's types are kept, never its text, which may carry credentials.</remarks>
    /// <param name="exception">Why it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default);
}
