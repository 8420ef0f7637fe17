namespace SmartCache;

/// <summary>The encode stage of a worker.</summary>
/// <remarks><c>AddSmartCache()</c> wraps the registered one in a <see cref="CachingProfileEncoder"/>.</remarks>
public interface IProfileEncoder
{
    /// <summary>What <see cref="EncodeAsync"/> would do for this source and profile, in full, without doing it and without the file.</summary>
    /// <remarks>Everything that can change a byte of the output belongs into it: what is left out is not noticed when it changes.</remarks>
    /// <param name="source">The source by content; the file may not exist any more.</param>
    /// <param name="profile">The profile asked for.</param>
    /// <param name="cancellationToken">Ends the description.</param>
    ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default);

    /// <summary>Writes one profile's files under <see cref="EncodeRequest.OutputDirectory"/>; throws on any failure.</summary>
    /// <remarks>Afterwards the files are the caller's.</remarks>
    /// <param name="request">What to encode and where to put it.</param>
    /// <param name="progress">Receives progress; each report is a sign of life to workers that wait for the same profile.</param>
    /// <param name="cancellationToken">Ends the encode.</param>
    Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default);
}
