using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>A cached profile by a lease on its entry, or by copies that are lent in its place.</summary>
internal sealed class HeldProfile(LeasedFiles files, EncodedProfile profile) : CachedProfile
{
    public override EncodedProfile Profile => profile;

    public override Task<MaterializedBy> MaterializeAsync(string directory, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Task.Run(() => files.Materialize(ProfileEntry.Files, directory, OperationPulse.Unwatched(cancellationToken)), cancellationToken).WaitAsync(cancellationToken);
    }

    public override ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default) => files.IsIntactAsync(cancellationToken);

    public override ValueTask DisposeAsync() => files.DisposeAsync();
}
