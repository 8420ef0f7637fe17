using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Keeps the finished segments of a run for several profiles, of those whose encode can be gone on with.</summary>
/// <param name="outputs">One for each profile of the run; <see langword="null"/> for one of which nothing is kept. Disposed with this.</param>
internal sealed class LadderWatch(IReadOnlyList<SegmentWatch?> outputs) : IDisposable
{
    public void Dispose()
    {
        foreach (var output in outputs)
            output?.Dispose();
    }

    /// <summary>Looks beside the run.</summary>
    /// <param name="counts">As ffmpeg just reported them: over all outputs together.</param>
    /// <param name="isLast">Whether ffmpeg has written all that it will.</param>
    public void Look(PictureCounts counts, bool isLast)
    {
        foreach (var output in outputs)
            output?.Look(OfOne(counts), isLast);
    }

    /// <inheritdoc cref="SegmentWatch.RunAsync"/>
    public Task<int> RunAsync(Func<CancellationToken, Task<int>> run, CancellationToken cancellationToken) =>
        outputs.OfType<SegmentWatch>().Aggregate(run, static (inner, output) => end => output.RunAsync(own => EitherAsync(inner, own, end), looksAfterSuccess: false))(cancellationToken);

    private static async Task<int> EitherAsync(Func<CancellationToken, Task<int>> run, CancellationToken one, CancellationToken other)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(one, other);
        return await run(either.Token).ConfigureAwait(false);
    }

    // All have the same source. One of which nothing is kept may have another rate, and an output that is a picture behind the others makes no whole number.
    private PictureCounts? OfOne(PictureCounts counts)
    {
        if (counts.IsNone)
            return counts;
        return outputs.All(static output => output is not null) && counts.Doubled % outputs.Count == 0 && counts.Dropped % outputs.Count == 0
            ? counts with { Doubled = counts.Doubled / outputs.Count, Dropped = counts.Dropped / outputs.Count }
            : null;
    }
}
