using System.Globalization;
using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Where a run begins in the middle. By the number of the picture: by time alone a cut is wrong in half of the containers.</summary>
/// <param name="Kept">What is there; the last of it is made again.</param>
/// <param name="Rate">Of the result.</param>
/// <param name="Times">When each picture of the source is shown; <see langword="null"/>: all are decoded, and those before the cut are passed by.</param>
internal sealed record Cut(KeptSegments Kept, PictureRate Rate, IReadOnlyList<double>? Times)
{
    // In pictures. ffmpeg doubles one that is later than half a picture, and drops one that is two too early.
    private const double MostUneven = 1.5;

    /// <summary>What is made again, so that the joint can be looked at and the rate control is there what it was.</summary>
    public IReadOnlyList<(VideoSegment Video, PartFacts Facts)> Again { get; } = Kept.Behind(Rate);

    /// <summary>The first picture that is made again.</summary>
    public long Picture => Again[0].Facts.First;

    /// <summary>When it is shown, in seconds of the result.</summary>
    public decimal Begins => Rate.SecondsOf(Picture);

    /// <summary>Where to seek: between the picture before and the picture itself, on the source's clock, which begins at 0 for ffmpeg.</summary>
    public string? Seconds => Times is null ? null : ((Times[(int)Number - 1] + Times[(int)Number]) / 2).ToString("0.000000", CultureInfo.InvariantCulture);

    /// <summary>What stands before the filter. The run's first picture must be at 0.</summary>
    public string Filter => Times is null ? string.Create(CultureInfo.InvariantCulture, $"trim=start_frame={Number},setpts=PTS-STARTPTS") : "setpts=PTS-STARTPTS";

    /// <summary>
    /// How long segments are, so that the first one has exactly the pictures that are made again: where a run begins a little behind the cadence, a segment of the
    /// usual length misses its key frame by a part of a picture, and ends at the next one.
    /// </summary>
    public string SegmentSeconds => Rate.SecondsOf(Kept.Pictures - Picture - 0.5m).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>How many pictures the run must make, where it is known.</summary>
    public long? Expected => Times?.Count - Number;

    /// <summary>How it is found, for the log.</summary>
    public string Way => Times is null ? "counting pictures" : "seeking";

    // Which picture of the source is the first that is made again. What was doubled and dropped was so before it.
    private long Number => Picture - Kept.Counts.Doubled + Kept.Counts.Dropped;

    /// <exception cref="ResumeException">It cannot be made there, or what follows would not be even.</exception>
    public void Validate()
    {
        if (!Kept.Counts.IsNone && Kept.Counts.Since > Picture)
            throw new ResumeException("pictures were doubled or dropped in the middle");
        if (Number < 1)
            throw new ResumeException("there is nothing before what would be made again");
        if (Times is null)
            return;
        if (Times.Count <= Number)
            throw new ResumeException("the source has fewer pictures than there are") { IsProof = true };
        if (IsUneven((int)Number))
            throw new ResumeException("the picture of the source at the joint is shown at another time") { IsProof = true };
        if (Enumerable.Range((int)Number, Times.Count - (int)Number).Any(IsUneven))
            throw new ResumeException("pictures would be doubled or dropped behind the joint");
    }

    private bool IsUneven(int number) => Math.Abs((Times![number] * Rate.Pictures / Rate.Seconds) - (Picture + number - Number)) > MostUneven;
}
