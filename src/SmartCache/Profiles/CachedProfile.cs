using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>
/// A lease on a cached profile. While it is held, the files under <see cref="Directory"/> stay valid, whatever is evicted, removed, cleared or quarantined.
/// They are the cache's: read them, or take files of your own with <see cref="MaterializeAsync"/>. Disposing twice does nothing.
/// </summary>
public sealed class CachedProfile : IAsyncDisposable
{
    private readonly CacheLayer _layer;
    private readonly EntryLease? _lease;
    private readonly LentFiles? _lent;

    internal CachedProfile(CacheLayer layer, EntryLease lease, EncodedProfile profile)
    {
        _layer = layer;
        _lease = lease;
        Profile = profile;
    }

    internal CachedProfile(CacheLayer layer, LentFiles lent, EncodedProfile profile)
    {
        _layer = layer;
        _lent = lent;
        Profile = profile;
    }

    /// <summary>What is known of the profile; its directory is <see cref="Directory"/>.</summary>
    public EncodedProfile Profile { get; }

    /// <summary>The directory inside the cache that holds the files; read-only by agreement. What <see cref="CachedSource.Path"/> says of copies holds for them too.</summary>
    public string Directory => Profile.Directory;

    /// <summary>How it came here. <see cref="CacheOutcome.Bypass"/>: it could not be stored, and is deleted with the lease.</summary>
    public CacheOutcome Outcome => Profile.Outcome;

    internal EntryLease? Lease => _lease;

    /// <summary>Gives the caller files of its own, replacing files of the same names and leaving others alone.</summary>
    /// <param name="directory">The directory to fill; made where it does not exist.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    /// <returns>The most expensive way that a file came out.</returns>
    /// <exception cref="IOException">A file could not be made, or the cached one is no longer what it was; files made so far are gone again.</exception>
    public Task<MaterializedBy> MaterializeAsync(string directory, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Task.Run(
            () =>
            {
                System.IO.Directory.CreateDirectory(directory);
                var pulse = OperationPulse.Unwatched(cancellationToken);
                return _lease is not null
                    ? _layer.Materializer.Files(_lease, ProfileEntry.Files(_lease.Manifest.Content), directory, pulse)
                    : _layer.Materializer.Files(_lent!.Files, directory, pulse);
            },
            cancellationToken);
    }

    /// <summary>Whether the files still have the bytes they were cached with; asks modification times, and hashes where those differ.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    public ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default) =>
        _lease is null
            ? _lent!.IsIntactAsync(cancellationToken)
            : _layer.Boundary.AttemptAsync("check", false, _lease.IsIntact, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _lent?.DisposeAsync() ?? _layer.ReleaseAsync(_lease);
}
