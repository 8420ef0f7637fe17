namespace SmartCache;

/// <summary>The download stage of a worker. <c>AddSmartCache()</c> wraps the registered one in a <see cref="CachingVideoDownloader"/>.</summary>
public interface IVideoDownloader
{
    /// <summary>
    /// Writes the whole video to <see cref="DownloadRequest.DestinationPath"/>, replacing what is there, or throws.
    /// Afterwards the file is the caller's: it may change, move or delete it.
    /// </summary>
    /// <param name="request">What to fetch and where to put it.</param>
    /// <param name="progress">Receives progress; each report is a sign of life to workers that wait for the same video.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);
}
