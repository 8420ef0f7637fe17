using System.Globalization;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Where a run begins in the middle. By the number of the picture: by time alone a cut is wrong in half of the containers.</summary>
/// <param name="Kept">What is there; the last of it is made again.</param>
/// <param name="Rate">Of the result.</param>
/// <param name="Source">When each picture of the source is shown; <see langword="null"/>: all are decoded, and those before the cut are passed by.</param>
internal sealed record Cut(KeptSegments Kept, PictureRate Rate, IReadOnlyList<double>? Source)
{
    /// <summary>The first picture that is made again.</summary>
    public long Picture => Kept.Last.Facts.First;

    /// <summary>When it is shown, in seconds of the result.</summary>
    public decimal Begins => Rate.SecondsOf(Picture);

    /// <summary>Where to seek: between the picture before and the picture itself, on the source's clock, which begins at 0 for ffmpeg.</summary>
    public string? Seconds => Source is null ? null : ((Source[(int)Number - 1] + Source[(int)Number]) / 2).ToString("0.000000", CultureInfo.InvariantCulture);

    /// <summary>What stands before the filter. The run's first picture must be at 0.</summary>
    public string Filter => Source is null ? string.Create(CultureInfo.InvariantCulture, $"trim=start_frame={Number},setpts=PTS-STARTPTS") : "setpts=PTS-STARTPTS";

    /// <summary>
    /// How long segments are, so that the first one has exactly the pictures of the one that is there: where a run begins a little behind the cadence, a segment of the
    /// usual length misses its key frame by a part of a picture, and ends at the next one.
    /// </summary>
    public string SegmentSeconds => Rate.SecondsOf(Kept.Last.Facts.Pictures - 0.5m).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>How many pictures the run must make, where it is known.</summary>
    public long? Expected => Source?.Count - Number;

    /// <summary>How it is found, for the log.</summary>
    public string Way => Source is null ? "counting pictures" : "seeking";

    private long Number => Kept.SourcePicture;
}
