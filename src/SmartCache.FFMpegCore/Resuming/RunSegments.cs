using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The segments that one run makes of a profile.</summary>
/// <param name="directory">Where.</param>
/// <param name="files">Their names.</param>
/// <param name="isFragmented">Fragmented MP4 instead of MPEG-TS.</param>
internal sealed class RunSegments(string directory, ProfileFiles files, bool isFragmented)
{
    private FragmentHead? _head;

    public string PathOf(int segment) => Path.Combine(directory, files.Segment(segment, isFragmented));

    /// <summary>What an input of ffmpeg is named that works in the directory.</summary>
    /// <param name="segment">One of them.</param>
    public string InputOf(VideoSegment segment) => isFragmented ? $"concat:{files.Map}|{Path.GetFileName(segment.Path)}" : segment.Path;

    /// <param name="path">One that is finished: what it needs to be read is there before it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It has a hole, or is not made as the stage's own segments are.</exception>
    public async Task<VideoSegment> ReadAsync(string path, CancellationToken cancellationToken) =>
        await VideoSegment.ReadAsync(path, isFragmented ? (await HeadAsync(cancellationToken).ConfigureAwait(false)).Format : null, cancellationToken).ConfigureAwait(false);

    /// <summary>A file for pictures that are to be muxed again, of this run and of others.</summary>
    /// <param name="name">Its path, without an extension.</param>
    /// <param name="rate">Of the pictures.</param>
    /// <param name="buffer">Is given each picture, where somebody wants to know.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<PictureStream> CreateAsync(string name, PictureRate rate, DecoderBuffer? buffer, CancellationToken cancellationToken) => isFragmented
        ? new FragmentPictures(name + ".mp4", rate, await HeadAsync(cancellationToken).ConfigureAwait(false), buffer)
        : new TransportPictures(name + ".ts", rate, buffer);

    /// <summary>Describes pictures that were copied from this run as those that were encoded. Only fragmented MP4 says it apart from the segments.</summary>
    /// <param name="joined">The directory of the copy.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">The copy has another clock.</exception>
    public async Task DescribeAsync(string joined, CancellationToken cancellationToken)
    {
        if (!isFragmented)
            return;

        var path = Path.Combine(joined, files.Map);
        var head = await FragmentHead.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        await File.WriteAllBytesAsync(path, head.With(await HeadAsync(cancellationToken).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
    }

    private async Task<FragmentHead> HeadAsync(CancellationToken cancellationToken)
    {
        _head ??= await FragmentHead.ReadAsync(Path.Combine(directory, files.Map), cancellationToken).ConfigureAwait(false);
        return _head is { Track: FragmentSegment.Track, Format: not null } ? _head : throw new FfmpegException("the pictures are not the first stream of the segments");
    }
}
