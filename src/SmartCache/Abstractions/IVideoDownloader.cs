namespace SmartCache;

/// <summary>The download stage of a worker.</summary>
/// <remarks><c>AddSmartCache()</c> wraps the registered one in a <see cref="CachingVideoDownloader"/>.</remarks>
public interface IVideoDownloader
{
    /// <summary>Writes the whole video to <see cref="DownloadRequest.DestinationPath"/>, replacing what is there, or throws.</summary>
    /// <remarks>Afterwards the file is the caller's: it may change, move or delete it.</remarks>
    /// <param name="request">What to fetch and where to put it.</param>
    /// <param name="progress">Receives progress; each report is a sign of life to workers that wait for the same video.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);
}
