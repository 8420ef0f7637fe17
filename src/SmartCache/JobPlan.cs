namespace SmartCache;

/// <summary>Which stages a job still needs, and leases on what it does not.</summary>
/// <remarks>
/// Made by <see cref="ICacheManager.PlanAsync"/>; dispose of it when the job is done. Abstract, so that a test of a job can give it a plan of its own.
/// </remarks>
public abstract class JobPlan : IAsyncDisposable
{
    /// <summary>What is known of the source; <see langword="null"/> where it was never seen, so that every stage is needed.</summary>
    public abstract SourceMedia? Media { get; }

    /// <summary>Whether the source itself is cached, and stays so while the plan is held.</summary>
    public abstract bool IsSourceCached { get; }

    /// <summary>Whether anything must be encoded, so that the source is needed.</summary>
    public bool NeedsSource => Missing.Count > 0;

    /// <summary>Profiles that are cached, and stay so while the plan is held.</summary>
    public abstract IReadOnlyList<EncodingProfile> Cached { get; }

    /// <summary>Profiles that must be encoded.</summary>
    public abstract IReadOnlyList<EncodingProfile> Missing { get; }

    /// <summary>Gives one profile of the plan: from its lease where it is cached, without describing it again, else by the encoder.</summary>
    /// <remarks>Where a cached one turns out damaged it is encoded after all, so that the cache never fails the job.</remarks>
    /// <param name="profile">A profile that the plan was made for.</param>
    /// <param name="outputDirectory">Where its files go; they are the caller's.</param>
    /// <param name="fetchSource">Downloads the source. Called at most once, by the first profile that needs it, and not at all where none does.</param>
    /// <param name="progress">Receives progress of an encode, or of a hit that takes long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The profile is not one of the plan's.</exception>
    public abstract Task<EncodedProfile> EncodeAsync(
        EncodingProfile profile,
        string outputDirectory,
        Func<CancellationToken, Task<DownloadedVideo>> fetchSource,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Encodes what is missing, in one run where the encoder can (<see cref="ILadderEncoder"/>), so that the source is decoded once.</summary>
    /// <remarks>
    /// Each profile is stored by itself as soon as it is whole, and one that another worker makes meanwhile is waited for. What cannot be made together, and whatever a
    /// failed run leaves, is encoded one by one, and what that throws is thrown. An encoder that is no <see cref="ILadderEncoder"/>, and a plan that does not override
    /// this, encodes one by one from the start.
    /// </remarks>
    /// <param name="outputDirectory">Where a profile's files go; they are the caller's. Give each profile a directory of its own.</param>
    /// <param name="fetchSource">As in <see cref="EncodeAsync"/>; not called where nothing is missing.</param>
    /// <param name="finished">Is told of each profile, one at a time: of those of a run when it is over, so that nobody who waits for one of them waits for this. What it throws ends the call.</param>
    /// <param name="progress">Receives progress of all together.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The profiles of <see cref="Missing"/>, in that order.</returns>
    public virtual async Task<IReadOnlyList<EncodedProfile>> EncodeMissingAsync(
        Func<EncodingProfile, string> outputDirectory,
        Func<CancellationToken, Task<DownloadedVideo>> fetchSource,
        Func<EncodingProfile, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outputDirectory);
        var encoded = new List<EncodedProfile>();
        foreach (var profile in Missing)
        {
            encoded.Add(await EncodeAsync(profile, outputDirectory(profile), fetchSource, progress, cancellationToken).ConfigureAwait(false));
            await (finished?.Invoke(profile, encoded[^1]) ?? Task.CompletedTask).ConfigureAwait(false);
        }

        return encoded;
    }

    /// <summary>Gives the leases back.</summary>
    /// <remarks>Disposing twice does nothing.</remarks>
    public abstract ValueTask DisposeAsync();
}
