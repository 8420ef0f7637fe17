namespace SmartCache;

/// <summary>The upload stage of a worker, to whatever takes files: an IPFS node, and as well an object store or a folder.</summary>
/// <remarks>
/// The name is that of its first target. A CID is then any text that stands for a content at its target. <c>AddSmartCache()</c> wraps the registered one in a
/// <see cref="ResumingIpfsUploader"/>. Targets are told apart by the <see cref="UploadTarget"/> that the uploader gives to <see cref="IUploadSession.For"/>; what one has
/// confirmed is recorded and asked through the <see cref="IUploadCheckpoint"/> that it gets for it.
/// </remarks>
public interface IIpfsUploader
{
    /// <summary>Uploads <see cref="UploadRequest.Directory"/> as one tree.</summary>
    /// <remarks>
    /// May use <see cref="UploadRequest.Session"/> to skip files that the target has and to record each one that it confirmed; one that ignores it is skipped only
    /// as a whole.
    /// </remarks>
    /// <param name="request">The tree and the session.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);
}
