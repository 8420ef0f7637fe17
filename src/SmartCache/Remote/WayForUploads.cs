using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>
/// What is sent to the store makes way for what a job uploads, which leaves by the same line and is waited for. For ten minutes at most: uploads that follow each other without
/// an end must not keep the other hosts from what was made here.
/// </summary>
internal sealed class WayForUploads(StageActivity stages, TimeProvider time)
{
    /// <summary>So long a transfer that has begun is held up between two reads. No longer: engines close a connection on which nothing comes, AWS after 20 s.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked whether the upload is over: other hosts wait for what has made way.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Whether a job uploads, and for less than that.</summary>
    public bool IsTaken => stages.Uploads && stages.Uploading < Longest;

    /// <summary>Holds up a transfer that has begun.</summary>
    public async ValueTask HoldAsync(CancellationToken cancellationToken)
    {
        for (var held = TimeSpan.Zero; held < LongestHold && IsTaken; held += Look)
        {
            await Task.Delay(Look, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
