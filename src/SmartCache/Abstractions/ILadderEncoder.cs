namespace SmartCache;

/// <summary>An encode stage that can make several profiles of one source in one run, so that the source is decoded once: a ladder.</summary>
/// <remarks>
/// The bytes of a profile must be those of <see cref="IProfileEncoder.EncodeAsync"/>: its recipe, and so its key, does not say which way it was made.
/// <see cref="CachingProfileEncoder"/> is one around any encoder, and makes by itself what the worker's own leaves out.
/// </remarks>
public interface ILadderEncoder : IProfileEncoder
{
    /// <summary>Says which of these one run would make, before anything runs.</summary>
    /// <remarks>Other workers wait for what a run makes, so that what is not in it should not be taken with it. Unless it is overridden: all in one.</remarks>
    /// <param name="requests">What is asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The requests of each run, the very objects of <paramref name="requests"/>; what is in none is encoded by itself.</returns>
    ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) => new([requests]);

    /// <summary>Writes the files of those profiles that can be made together, each under its request's <see cref="EncodeRequest.OutputDirectory"/>.</summary>
    /// <remarks>
    /// Leaves out what it cannot make together with the others and what went wrong, so that the caller makes it by <see cref="IProfileEncoder.EncodeAsync"/> and learns
    /// from that call why it fails. A profile that is not whole takes no other with it. Of what is left out no file stays. Afterwards the files are the caller's.
    /// A <see cref="StageException"/> with <see cref="StageException.IsTransient"/> is for a run that somebody ended, or that a full disk did.
    /// </remarks>
    /// <param name="requests">What to encode and where to put it; usually of one source.</param>
    /// <param name="finished">
    /// Is told of each profile as soon as it is whole, while others may still be at work, so that what is done is kept whatever becomes of the rest. It is given the
    /// request as it stands in <paramref name="requests"/>, is awaited, and is never called twice at once. What it throws ends the call.
    /// </param>
    /// <param name="progress">Receives progress of all; each report is a sign of life to workers that wait for one of them.</param>
    /// <param name="cancellationToken">Ends the encode.</param>
    /// <returns>The profiles that were made, in the order of <paramref name="requests"/>.</returns>
    Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default);
}
