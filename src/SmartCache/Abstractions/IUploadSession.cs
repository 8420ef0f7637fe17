namespace SmartCache;

/// <summary>The live link between an uploader and the upload state. Thread-safe.</summary>
public interface IUploadSession : IAsyncDisposable
{
    /// <summary>The target that already holds most of this tree; <see langword="null"/> where none does.</summary>
    UploadTarget? PreferredTarget { get; }

    /// <summary>The tree in ordinal order of paths, hashed once; hashes known to the cache are not computed again.</summary>
    IReadOnlyList<UploadFile> Files { get; }

    /// <summary>
    /// What lies in the tree and is not in <see cref="Files"/>, as relative paths: links, which the cache does not follow, devices, and what a killed encode left.
    /// Empty for nearly every tree. An uploader that goes by <see cref="Files"/> alone sends less than the tree where it is not.
    /// </summary>
    IReadOnlyList<string> PassedBy { get; }

    /// <summary>What is known about one target, and where its confirmations go.</summary>
    /// <param name="target">The target that is about to be used.</param>
    IUploadCheckpoint For(UploadTarget target);

    /// <summary>The whole tree is on the target. Calling it again changes nothing; the decorator calls it for an uploader that does not.</summary>
    /// <param name="result">What the upload came to.</param>
    /// <param name="cancellationToken">Ends the wait; what is recorded stays.</param>
    ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default);

    /// <summary>The attempt failed. Only the exception's types are kept, never its text, which may carry credentials.</summary>
    /// <param name="exception">Why it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default);
}
