namespace SmartCache.Profiles;

/// <summary>Where a profile's files go, and for whom.</summary>
/// <param name="Name">What the worker calls the profile.</param>
/// <param name="Directory">The output directory.</param>
/// <param name="JobId">The job, if it said which.</param>
internal sealed record ProfilePlace(string Name, string Directory, string? JobId)
{
    /// <inheritdoc cref="Remote.PackRequest.Reserve"/>
    public Func<Storage.ManifestContent, CancellationToken, ValueTask<bool>>? Reserve { get; init; }

    public static ProfilePlace Of(EncodeRequest request) => new(request.Profile.Name, request.OutputDirectory, request.JobId);
}
