using System.Diagnostics.CodeAnalysis;

namespace SmartCache;

/// <summary>The confirmed part of an upload on one target.</summary>
/// <remarks>Thread-safe. A record is kept once the call returned, also when the process is killed right after.</remarks>
public interface IUploadCheckpoint
{
    /// <summary>The CID under which the target confirmed this content.</summary>
    /// <remarks>Found by content, never by name: encoders do not repeat.</remarks>
    /// <param name="file">A file of <see cref="IUploadSession.Files"/>.</param>
    /// <param name="cid">The CID to rely on.</param>
    bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid);

    /// <summary>The target confirmed one file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cid">The CID that the target gave.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default);

    /// <summary>The target confirmed the directory of one profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="cid">The CID of its directory.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default);

    /// <summary>The target turned out not to have this content: it will be sent again.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default);
}
