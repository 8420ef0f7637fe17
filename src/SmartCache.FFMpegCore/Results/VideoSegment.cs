namespace SmartCache.FFMpegCore.Results;

/// <summary>The pictures of one segment: H.264 or HEVC.</summary>
/// <param name="Path">The file.</param>
/// <param name="Clock">Ticks in a second.</param>
/// <param name="Pictures">How many there are.</param>
/// <param name="First">When the first is shown, in ticks.</param>
/// <param name="Last">When the last is shown.</param>
/// <param name="Ends">What the segment counts at its beginning, and what the next one of the same run must begin with.</param>
/// <param name="Stream">What segments of one stream have in common: above all SPS, PPS and, in HEVC, VPS, which a decoder must know before it can decode them.</param>
internal sealed record VideoSegment(string Path, int Clock, int Pictures, long First, long Last, (long Begin, long Next) Ends, string Stream)
{
    /// <summary>Of fragmented MP4: what its head says.</summary>
    public PictureFormat? Format { get; init; }

    /// <summary>Whether nothing is missing between this segment and the one that the same run made before it.</summary>
    public bool Follows(VideoSegment before) => Ends.Begin == before.Ends.Next;

    /// <param name="path">The file.</param>
    /// <param name="format">What the head of fragmented MP4 says; <see langword="null"/>: it is MPEG-TS.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It has a hole, or is not made as the stage's own segments are.</exception>
    public static Task<VideoSegment> ReadAsync(string path, PictureFormat? format, CancellationToken cancellationToken) =>
        format is null ? TransportSegment.ReadAsync(path, cancellationToken) : FragmentSegment.ReadAsync(path, format, cancellationToken);

    public static FfmpegException Hole() => new("a segment has a hole");

    public static FfmpegException BeginsNot() => new("a segment does not begin with a picture that stands by itself");
}
