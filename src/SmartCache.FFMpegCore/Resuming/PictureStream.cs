using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Writes the pictures of segments of several runs one behind the other, as one run would have timed them. Each run has its own clock; here all times are made anew from
/// the numbers of the pictures: what ffmpeg adds is in microseconds, and at rates like 24000/1001 a tick off. It gives nothing to be played, only to be muxed again: one muxer then
/// writes all times and counters.
/// </summary>
internal abstract class PictureStream : IDisposable
{
    /// <param name="path">The file.</param>
    /// <param name="rate">Of the pictures.</param>
    protected PictureStream(string path, PictureRate rate)
    {
        (Path, Rate) = (path, rate);
        Output = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    protected PictureRate Rate { get; }

    protected FileStream Output { get; }

    public void Dispose() => Output.Dispose();

    /// <summary>Begins with what stands before the first picture.</summary>
    /// <param name="first">The first segment of the run for the rest, which has pictures alone.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public abstract Task BeginAsync(VideoSegment first, CancellationToken cancellationToken);

    /// <param name="segment">The next segment.</param>
    /// <param name="first">Number of its first picture.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It cannot be read any more.</exception>
    public abstract Task AddAsync(VideoSegment segment, long first, CancellationToken cancellationToken);
}
