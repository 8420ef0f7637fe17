using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>One encode that the cache watches, with the parts of earlier ones: who is given them, and when they go.</summary>
internal sealed class EncodeAttempt : IAsyncDisposable
{
    private readonly ProfileStore _store;
    private readonly ProfileKey _key;
    private readonly string _profile;
    private readonly bool _isLocked;
    private EncodeCheckpoint? _checkpoint;

    private EncodeAttempt(ProfileStore store, ProfileKey key, EncodeRequest request, bool isLocked, EncodeCheckpoint? checkpoint)
    {
        (_store, _key, _profile, _isLocked, _checkpoint) = (store, key, request.Profile.Name, isLocked, checkpoint);
        Request = checkpoint is null ? request : request with { Checkpoint = checkpoint };
    }

    /// <summary>What the encoder is asked.</summary>
    public EncodeRequest Request { get; }

    /// <summary>Begins an encode: what a refresh does not want goes, and where parts may be kept the encoder is given a place for them.</summary>
    /// <param name="store">The profile layer's.</param>
    /// <param name="key">What is encoded.</param>
    /// <param name="request">What the encoder would be asked without parts.</param>
    /// <param name="production">The right to encode it. Without its lock another worker encodes the same, and the two must not mix their parts.</param>
    /// <param name="progress">Is told while many parts are read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<EncodeAttempt> BeginAsync(
        ProfileStore store, ProfileKey key, EncodeRequest request, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (store.Layer.Mode == LayerMode.On && request.Use == CacheUse.Refresh)
        {
            await store.Layer.Boundary.AttemptAsync("forget parts", false, pulse => Forget(store.Parts, key.Name, production.IsLocked, pulse), cancellationToken).ConfigureAwait(false);
        }

        // A part is bytes in the cache: only for what is to be stored there.
        var isGiven = production.IsLocked && store.Layer is { Mode: LayerMode.On, Settings.Current.Checkpoints: true }
            && request is { Use: CacheUse.Use, Checkpoint: null } && key.Recipe.WhyNotCacheable is null;
        if (!isGiven)
        {
            return new EncodeAttempt(store, key, request, production.IsLocked, null);
        }

        // What the encoder makes anew in the directory of an attempt that died must not be written into a part.
        store.Layer.UnshareFrom(request.OutputDirectory, store.Parts.PathOf(key.Name));
        var checkpoint = new EncodeCheckpoint(store, key, request.Profile.Name, production.Observe(progress));
        await checkpoint.BeginAsync(cancellationToken).ConfigureAwait(false);
        return new EncodeAttempt(store, key, request, isLocked: true, checkpoint);
    }

    /// <summary>Whether an encode went on from parts. Where one fails they may be the reason, and not the source.</summary>
    public static bool IsResumed(EncodeRequest request) => request.Checkpoint is EncodeCheckpoint { Given: > 0 };

    /// <summary>Before a run that makes several profiles.</summary>
    public void ShareWith(int together) => _checkpoint?.Together = together;

    /// <summary>Runs the encoder. Parts stay where it throws, for the next attempt.</summary>
    public async Task<EncodedProfile> RunAsync(Func<Task<EncodedProfile>> encode, CancellationToken cancellationToken)
    {
        try
        {
            return await encode().ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && _checkpoint is { Given: > 0, HasRecorded: false } && MayBeOfParts(exception))
        {
            // It was given parts, failed and got no further: with the same parts the next attempt would fail in the same way, for ever.
            ProfileLog.PartsDropped(_store.Layer.Logger, LogText.Name(_profile));
            await EndAsync(deletes: true).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// The encoder has returned: the parts have served, whatever its result is worth. They go before the result is taken in, because only a file with one name is
    /// linked into an entry, and others are copied. Where it was cancelled they stay.
    /// </summary>
    public async ValueTask ReturnedAsync(StageReport report, CancellationToken cancellationToken)
    {
        if (_checkpoint is { } checkpoint)
        {
            report.Resume(checkpoint.Given, checkpoint.Reused);
            await EndAsync(deletes: !cancellationToken.IsCancellationRequested).ConfigureAwait(false);
        }
        else if (_isLocked && _store.Layer is { Mode: LayerMode.On, Boundary.Hangs: false } && !cancellationToken.IsCancellationRequested)
        {
            // An attempt before may have left some: checkpoints were switched off since, or a refresh could not delete them.
            await _store.Layer.Boundary.AttemptAsync("end parts", false, pulse => _store.Parts.DeleteOwn(_key, pulse), CancellationToken.None).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => EndAsync(deletes: false);

    private static bool MayBeOfParts(Exception exception) => exception is not StageException { IsTransient: true } && !DiskError.IsFull(exception);

    private static bool Forget(PartsStore parts, string key, bool isLocked, OperationPulse pulse)
    {
        var hadAny = isLocked ? parts.Delete(key, pulse) : parts.Remove(key, pulse);
        if (hadAny)
        {
            parts.FlushNames();
        }

        return hadAny;
    }

    private async ValueTask EndAsync(bool deletes)
    {
        if (Interlocked.Exchange(ref _checkpoint, null) is { } checkpoint)
        {
            await checkpoint.EndAsync(deletes).ConfigureAwait(false);
        }
    }
}
