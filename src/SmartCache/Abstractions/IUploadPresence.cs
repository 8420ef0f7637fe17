namespace SmartCache;

/// <summary>Optional: asks a target whether it still holds what was recorded.</summary>
/// <remarks>Without it, records older than <c>TrustUploads</c> are not relied on.</remarks>
public interface IUploadPresence
{
    /// <summary>Whether <paramref name="cid"/> is whole on <paramref name="target"/>.</summary>
    /// <remarks>May throw; that counts as <see cref="Presence.Unknown"/>.</remarks>
    /// <param name="target">The target as it was recorded, with today's endpoint where one is known.</param>
    /// <param name="cid">The CID of a file or of a directory with all below it.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default);
}
