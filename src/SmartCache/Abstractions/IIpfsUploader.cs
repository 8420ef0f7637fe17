namespace SmartCache;

/// <summary>The upload stage of a worker. <c>AddSmartCache()</c> wraps the registered one in a <see cref="ResumingIpfsUploader"/>.</summary>
public interface IIpfsUploader
{
    /// <summary>
    /// Uploads <see cref="UploadRequest.Directory"/> as one tree. May use <see cref="UploadRequest.Session"/> to skip files
    /// that the target has and to record each one that it confirmed; one that ignores it is skipped only as a whole.
    /// </summary>
    /// <param name="request">The tree and the session.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);
}
