using System.Diagnostics;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Uploads;

namespace SmartCache;

/// <summary>
/// Wraps the upload stage: sends nothing when the target has the identical tree, and gives the wrapped uploader a session, so that a retry
/// sends only what is missing. Any fault of the cache leaves the upload as it would be without it.
/// </summary>
public sealed class ResumingIpfsUploader : IIpfsUploader
{
    private readonly IIpfsUploader _inner;
    private readonly UploadStateStore _store;

    /// <summary>Wraps an uploader.</summary>
    /// <param name="inner">The worker's uploader. One that ignores <see cref="UploadRequest.Session"/> is skipped only as a whole.</param>
    /// <param name="cache">The cache.</param>
    public ResumingIpfsUploader(IIpfsUploader inner, CacheManager cache)
        : this(inner, (cache ?? throw new ArgumentNullException(nameof(cache))).UploadStore)
    {
    }

    internal ResumingIpfsUploader(IIpfsUploader inner, UploadStateStore store)
    {
        ArgumentNullException.ThrowIfNull(inner);
        (_inner, _store) = (inner, store);
    }

    /// <inheritdoc/>
    /// <exception cref="Exception">Whatever the wrapped uploader throws.</exception>
    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        _store.Stages.UploadBegins();
        try
        {
            if (request.Use == CacheUse.Bypass || _store.Mode == LayerMode.Off)
            {
                return await _inner.UploadAsync(request, progress, cancellationToken).ConfigureAwait(false);
            }

            Subject.Current = new Subject(request.JobId);
            var activity = CacheActivity.Start(_store.LayerName);
            try
            {
                return await UploadAsync(request, activity, progress, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                CacheActivity.Stop(activity);
            }
        }
        finally
        {
            _store.Stages.UploadEnds();
        }
    }

    private async Task<UploadResult> UploadAsync(UploadRequest request, Activity? activity, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var began = _store.Time.GetTimestamp();
        if (await OpenAsync(request, progress, cancellationToken).ConfigureAwait(false) is not { } session)
        {
            return await UploadPastAsync(request, activity, progress, cancellationToken).ConfigureAwait(false);
        }

        await using (session.ConfigureAwait(false))
        {
            Subject.Current = session.Subject;
            var report = new UploadReport(_store, request.JobId, session, _store.Time.GetElapsedTime(began), activity);
            if (session.Recorded is { } recorded)
            {
                await KeepAsync(request, () => session.CompleteAsync(recorded, CancellationToken.None)).ConfigureAwait(false);
                return report.Finished(recorded);
            }

            UploadResult result;
            try
            {
                var alive = new SignOfLife(session, progress);
                result = await _inner.UploadAsync(request with { Session = session }, alive, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                // Whatever it threw: an upload that was called off says nothing about its target.
                report.Cancelled();
                throw;
            }
            catch (Exception exception)
            {
                await KeepAsync(request, () => session.FailAsync(exception, CancellationToken.None)).ConfigureAwait(false);
                report.Failed(exception);
                _store.StageFailed(exception, request.Directory);
                await KeepAsync(request, () => _store.UploadFailed(request.JobId, exception, session.IsRetry)).ConfigureAwait(false);
                throw;
            }

            // The upload is done: a cancellation from here on must not cost the worker its result.
            result = session.Complete(result) with { Outcome = CacheOutcome.Miss };
            await KeepAsync(request, () => session.CompleteAsync(result, CancellationToken.None)).ConfigureAwait(false);
            return report.Finished(result);
        }
    }

    /// <summary>Uploads a tree that the cache could not hash.</summary>
    private async Task<UploadResult> UploadPastAsync(UploadRequest request, Activity? activity, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _inner.UploadAsync(request, progress, cancellationToken).ConfigureAwait(false);
            CacheActivity.Tell(activity, CacheOutcome.Bypass, CacheReason.HashUnknown);
            return result;
        }
        catch (Exception exception)
        {
            var isCancelled = cancellationToken.IsCancellationRequested;
            CacheActivity.Tell(activity, CacheOutcome.Bypass, CacheReason.HashUnknown, isCancelled ? "cancelled" : FailureNames.Of(exception));
            if (!isCancelled)
            {
                await KeepAsync(request, () => _store.UploadFailed(request.JobId, exception, true)).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>An upload that is done stays done, and one that failed keeps its own exception, whatever keeping a record of it meets.</summary>
    private async ValueTask KeepAsync(UploadRequest request, Func<ValueTask> keep)
    {
        try
        {
            await keep().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            UploadLog.NotKept(_store.Logger, LogText.Name(request.JobId), FailureNames.Of(exception));
        }
    }

    private async Task<UploadSession?> OpenAsync(UploadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.OpenSessionAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whether a tree that the cache can't read can be uploaded is for the uploader to say.
            UploadLog.TreeUnreadable(_store.Logger, LogText.Name(request.JobId), FailureNames.Of(exception));
            return null;
        }
    }
}
