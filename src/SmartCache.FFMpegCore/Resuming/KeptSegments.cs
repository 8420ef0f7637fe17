using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The finished segments of earlier runs that follow on one another from the first picture on.</summary>
internal sealed class KeptSegments
{
    // The last are made again; with fewer before them beginning anew is as cheap.
    private const int Fewest = 3;

    // In seconds. That long the rate control of x264 takes until it no longer knows that its run began in the middle: with 2 s of overlap some pictures behind the joint differ.
    public const int Overlap = 6;

    // That of x265 counts pictures: at 12 a second the last 24 of 144 differed behind 6 s of overlap, at 24000/1001 none.
    public const int FewestPictures = 143;

    // Of ticks in MPEG-TS. One on each side comes of rounding.
    private const int Slack = 1;

    private const int FinestClock = 1_000_000;

    private KeptSegments(IReadOnlyList<(VideoSegment Video, PartFacts Facts)> all) => All = all;

    public IReadOnlyList<(VideoSegment Video, PartFacts Facts)> All { get; }

    /// <summary>The number of the first picture that is missing.</summary>
    public long Pictures => All[^1].Facts.End;

    /// <summary>What was doubled and dropped until there.</summary>
    public PictureCounts Counts => All[^1].Facts.Counts;

    /// <param name="parts">Those of this layout, in the order of their start.</param>
    /// <param name="onSegment">Is told after each: many bytes are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ResumeException">There are too few, or they are not what was recorded.</exception>
    public static async Task<KeptSegments> ReadAsync(IReadOnlyList<EncodePart> parts, Action onSegment, CancellationToken cancellationToken)
    {
        var all = new List<(VideoSegment Video, PartFacts Facts)>();
        foreach (var (part, facts) in parts.Zip(FactsOf(parts)))
        {
            var video = await ReadAsync(part.Path, facts.Format, cancellationToken).ConfigureAwait(false);
            if (video.Pictures != facts.Pictures)
                throw Proof($"a part holds {video.Pictures} pictures of {facts.Pictures}");
            if (all.Count > 0 && video.Stream != all[0].Video.Stream)
                throw Proof("a part is of another stream");
            if (all.Count > 0 && facts.RunBegan == all[^1].Facts.RunBegan && !video.Follows(all[^1].Video))
                throw Proof("a part has a hole at its end");
            all.Add((video, facts));
            onSegment();
        }

        return new KeptSegments(all);
    }

    /// <summary>What was noted with those that follow on one another from the first picture on. No part is read for it.</summary>
    /// <param name="parts">Those of this layout, in the order of their start.</param>
    /// <exception cref="ResumeException">There are too few, or pictures were doubled or dropped in their middle.</exception>
    public static IReadOnlyList<PartFacts> FactsOf(IReadOnlyList<EncodePart> parts)
    {
        var all = new List<PartFacts>();
        // What lies behind a gap is of no use.
        foreach (var part in parts)
        {
            if (PartFacts.Read(part.Facts) is not { } facts || facts.First != (all.Count == 0 ? 0 : all[^1].End))
                break;
            all.Add(facts);
        }

        if (all.Count < Fewest)
            throw new ResumeException($"there are only {all.Count} segments from the beginning on");

        // Often one is doubled at the beginning, and then all have the same offset. Others come in the middle, and nobody knows where.
        var (first, last) = (all[0].Counts, all[^1].Counts);
        return (last.Doubled, last.Dropped) == (first.Doubled, first.Dropped) ? all : throw new ResumeException("pictures were doubled or dropped in the middle");
    }

    /// <summary>Whether what is made again is enough for an encoder's rate control to be there what it was.</summary>
    public static bool CanSettle(string encoder, PictureRate rate) => encoder != "libx265" || rate.SecondsOf(FewestPictures) <= Overlap;

    /// <summary>The last of them, as many as are made again.</summary>
    public IReadOnlyList<(VideoSegment Video, PartFacts Facts)> Behind(PictureRate rate) =>
        [.. All.SkipWhile(part => rate.SecondsOf(Pictures - part.Facts.End + 1) >= Overlap)];

    /// <summary>Whether pictures at a rate have the times that these have: what ffmpeg takes for the source's rate it does not say.</summary>
    public bool Have(PictureRate rate)
    {
        var (video, facts) = All[0];
        // Fragmented MP4 has a clock of the rate's own. From one that is finer than microseconds ffmpeg's own times are rounded.
        if (facts.Format is not null && (!rate.IsWhole(video.Clock) || video.Clock > FinestClock))
            return false;

        var slack = facts.Format is null ? Slack : 0;
        bool Fits(long ticks, long pictures) => Math.Abs(ticks - rate.TicksOf(pictures, video.Clock)) <= slack;
        return All.All(part => Fits(part.Video.Last - part.Video.First, part.Facts.Pictures - 1))
            && All.GroupBy(static part => part.Facts.RunBegan).All(run => run.All(part => Fits(part.Video.First - run.First().Video.First, part.Facts.First - run.First().Facts.First)));
    }

    private static async Task<VideoSegment> ReadAsync(string path, PictureFormat? format, CancellationToken cancellationToken)
    {
        try
        {
            return await VideoSegment.ReadAsync(path, format, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException exception)
        {
            throw Proof(exception.Message);
        }
    }

    private static ResumeException Proof(string reason) => new(reason) { IsProof = true };
}
