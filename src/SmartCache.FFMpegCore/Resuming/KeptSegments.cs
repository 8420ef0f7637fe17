using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The finished segments of earlier runs that follow on one another from the first picture on.</summary>
internal sealed class KeptSegments
{
    // The last is made again, so that the joint can be looked at; with fewer before it beginning anew is as cheap.
    private const int Fewest = 3;

    // One on each side comes of rounding.
    private const int Slack = 1;

    private KeptSegments(IReadOnlyList<(VideoSegment Video, PartFacts Facts)> all) => All = all;

    public IReadOnlyList<(VideoSegment Video, PartFacts Facts)> All { get; }

    /// <summary>The one that is made again.</summary>
    public (VideoSegment Video, PartFacts Facts) Last => All[^1];

    /// <summary>The number of the first picture that is missing.</summary>
    public long Pictures => Last.Facts.First + Last.Facts.Pictures;

    /// <summary>Which picture of the source becomes the first that is made again.</summary>
    public long SourcePicture => Last.Facts.First - Last.Facts.Counts.Doubled + Last.Facts.Counts.Dropped;

    /// <param name="parts">Those of this layout, in the order of their start.</param>
    /// <param name="isHevc">HEVC instead of H.264.</param>
    /// <param name="onSegment">Is told after each: many bytes are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ResumeException">There are too few, or they are not what was recorded.</exception>
    public static async Task<KeptSegments> ReadAsync(IReadOnlyList<EncodePart> parts, bool isHevc, Action onSegment, CancellationToken cancellationToken)
    {
        var all = new List<(VideoSegment Video, PartFacts Facts)>();
        foreach (var part in parts)
        {
            // What lies behind a gap is of no use.
            if (PartFacts.Read(part.Facts) is not { } facts || facts.First != (all.Count == 0 ? 0 : all[^1].Facts.First + all[^1].Facts.Pictures))
                break;

            var video = await ReadAsync(part.Path, isHevc, cancellationToken).ConfigureAwait(false);
            if (video.Pictures != facts.Pictures)
                throw Proof($"a part holds {video.Pictures} pictures of {facts.Pictures}");
            if (all.Count > 0 && (video.ParameterSets != all[0].Video.ParameterSets || video.Pid != all[0].Video.Pid))
                throw Proof("a part is of another stream");
            all.Add((video, facts));
            onSegment();
        }

        if (all.Count < Fewest)
            throw new ResumeException($"there are only {all.Count} segments from the beginning on");

        // Often one is doubled at the beginning, and then all have the same offset. Others come in the middle, and nobody knows where.
        var (first, last) = (all[0].Facts.Counts, all[^1].Facts);
        if ((last.Counts.Doubled, last.Counts.Dropped) != (first.Doubled, first.Dropped) || (!last.Counts.IsNone && last.Counts.Since > last.First))
            throw new ResumeException("pictures were doubled or dropped in the middle");
        return new KeptSegments(all);
    }

    /// <summary>Whether pictures at a rate have the times that these have: what ffmpeg takes for the source's rate it does not say.</summary>
    public bool Have(PictureRate rate)
    {
        bool Fits(long ticks, long pictures) => Math.Abs(ticks - rate.TicksOf(pictures)) <= Slack;
        return All.All(part => Fits(part.Video.Last - part.Video.First, part.Facts.Pictures - 1))
            && All.GroupBy(static part => part.Facts.RunBegan).All(run => run.All(part => Fits(part.Video.First - run.First().Video.First, part.Facts.First - run.First().Facts.First)));
    }

    private static async Task<VideoSegment> ReadAsync(string path, bool isHevc, CancellationToken cancellationToken)
    {
        try
        {
            return await VideoSegment.ReadAsync(path, isHevc, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException exception)
        {
            throw Proof(exception.Message);
        }
    }

    private static ResumeException Proof(string reason) => new(reason) { IsProof = true };
}
