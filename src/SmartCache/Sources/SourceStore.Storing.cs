using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <content>Storing: the short part on the job's path, and the long one in the background.</content>
internal sealed partial class SourceStore
{
    /// <summary>
    /// Takes a downloaded file in. Returns as soon as the worker may do with its file what it likes; the rest goes on in the background,
    /// and releases <paramref name="production"/> when the entry can be found.
    /// </summary>
    public async ValueTask<DownloadedVideo> TakeInAsync(DownloadedVideo video, SourceIntake intake, Production production)
    {
        if (await TakeAsync(video.Path, intake, CancellationToken.None).ConfigureAwait(false) is not { } taken)
        {
            // Not accepted as a video: nobody is to hash it later either.
            await layer.ReleaseAsync(production).ConfigureAwait(false);
            layer.NotStored.Note(intake.Key.Name, intake.WhyNotStored);
            return video with { Outcome = intake.Outcome, PendingMedia = Task.FromResult(LearnedMedia.Unknown(intake.WhyNotStored)) };
        }

        production.StartSaving(taken.Staged);
        var media = new TaskCompletionSource<LearnedMedia>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = layer.Saves.Run(async stopping =>
        {
            EntryLease? lease = null;
            try
            {
                lease = await StoreAsync(taken, intake, media, stopping).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException)
            {
                intake.WhyNotStored = CacheReason.Cancelled;
                return false;
            }
            catch (Exception exception)
            {
                intake.WhyNotStored = CacheBoundary.ReasonOf("save", exception);
                layer.Boundary.Report("save", exception);
                return false;
            }
            finally
            {
                media.TrySetResult(LearnedMedia.Unknown(intake.WhyNotStored));
                await layer.ReleaseAsync(lease, production, taken).ConfigureAwait(false);
            }
        });
        return video with { Outcome = intake.Outcome, PendingMedia = media.Task };
    }

    /// <summary>
    /// The short part: checks the file and gets the cache's own hold on it. <see langword="null"/> where it is not accepted as a video.
    /// Where it is, but cannot be stored, it is only looked at.
    /// </summary>
    public async ValueTask<TakenSource?> TakeAsync(string path, SourceIntake intake, CancellationToken cancellationToken)
    {
        var looked = await AttemptAsync(content, "accept", _ => Accept(path, intake), intake, cancellationToken).ConfigureAwait(false);
        var staged = looked is not null && intake.StoreEntry
            ? await AttemptAsync(layer.Boundary, "stage", _ => Stage(looked.Path, intake), intake, cancellationToken).ConfigureAwait(false)
            : null;
        var taken = staged ?? looked;
        if (taken is null || await IsSettledAsync(taken, intake).ConfigureAwait(false) || staged is null)
        {
            return taken;
        }

        await layer.ReleaseAsync(staged).ConfigureAwait(false);
        await looked!.SettleAsync(layer.Hasher).ConfigureAwait(false);
        return looked;
    }

    /// <summary>Waits the milliseconds until the file's time is worth something as a witness; false, and said, where it never is.</summary>
    public async ValueTask<bool> IsSettledAsync(TakenSource taken, SourceIntake intake)
    {
        var isSettled = await taken.SettleAsync(layer.Hasher).ConfigureAwait(false);
        if (!isSettled && taken.Staged is not null)
        {
            intake.WhyNotStored = CacheReason.DatedAhead;
            SourceLog.DatedAhead(layer.Logger);
        }

        return isSettled;
    }

    public ValueTask<bool> IsAcceptableAsync(string path, SourceIntake intake, CancellationToken cancellationToken) =>
        content.AttemptAsync("accept", false, _ => IsAcceptable(path, intake), cancellationToken);

    /// <summary>Hashes, probes, and publishes; gives a lease on the entry, where there is one. What was learned is noted whether or not there is.</summary>
    public async Task<EntryLease?> StoreAsync(TakenSource taken, SourceIntake intake, TaskCompletionSource<LearnedMedia>? whenKnown, CancellationToken cancellationToken)
    {
        EntryLease? lease = null;
        try
        {
            return lease = await PublishAsync(taken, intake, whenKnown, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            layer.NotStored.Note(intake.Key.Name, lease is null ? intake.WhyNotStored : default);
        }
    }

    private async Task<EntryLease?> PublishAsync(TakenSource taken, SourceIntake intake, TaskCompletionSource<LearnedMedia>? whenKnown, CancellationToken cancellationToken)
    {
        using var save = _rejections.Begin();
        var space = new EntrySpace(layer, taken.Staged);
        await using var settling = space.ConfigureAwait(false);
        await space.TryAtOnceAsync(cancellationToken).ConfigureAwait(false);
        if (space.IsDiskShort)
        {
            // What the worker deletes must be gone.
            taken.LetGo();
        }

        var hash = await AttemptAsync(content, "hash", pulse => Hash(taken, intake, pulse), intake, cancellationToken).ConfigureAwait(false);
        if (hash is null)
        {
            return null;
        }

        if (intake.Key.ExpectedSha256 is { } expected && expected != hash)
        {
            intake.WhyNotStored = new(CacheReason.Refused, "its SHA-256 is not the one its content id names");
            SourceLog.WrongContent(layer.Logger);
            return null;
        }

        var newcomer = Newcomer(hash, taken.Length, intake);

        // The probe reads the copy where there is one: the worker's file may be gone by then.
        var canPublish = taken.Staged is { } entry && (!entry.NeedsCopy || await CopyInAsync(space, newcomer, entry, intake, cancellationToken).ConfigureAwait(false));
        if (!canPublish)
        {
            taken.LetGo();
        }

        var learned = await Learned.LearnAsync(hash, taken.Length, taken.Path, taken.Seen, intake.StoreRecords, intake.DoubtsStored, cancellationToken).ConfigureAwait(false);
        if (learned.Media is not { } media)
        {
            intake.WhyNotStored = learned.Why;
            return null;
        }

        if (intake.StoreRecords)
        {
            // Before an encode of it can fail.
            await layer.Boundary.AttemptAsync(
                "note fetch", false, _ => catalog.NoteFetched(hash, media.Length, intake.Key.ExpectedSha256 is not null), cancellationToken).ConfigureAwait(false);
        }

        whenKnown?.TrySetResult(learned);
        if (taken.Staged is not null || !intake.StoreEntry)
        {
            layer.MadeAgain(ContentName.Of(hash));
        }

        var lease = canPublish && await IsReservedAsync(space, newcomer, intake, cancellationToken).ConfigureAwait(false)
            ? await AttemptAsync(layer.Boundary, "publish", pulse => Publish(taken, media, intake, pulse), intake, cancellationToken).ConfigureAwait(false)
            : null;
        if (save.IsRejected(hash))
        {
            intake.WhyNotStored = new(CacheReason.Refused, "rejected while it was saved");
            await layer.ReleaseAsync(lease).ConfigureAwait(false);
            await layer.Boundary.AttemptAsync("remove", false, _ => Drop(hash, "rejected while it was saved"), CancellationToken.None).ConfigureAwait(false);
            return null;
        }

        if (intake.StoreRecords)
        {
            // Also where there was no space for it: the next attempt knows then which profiles it has, and a retry must not look like a first attempt.
            await layer.Boundary.AttemptAsync(
                "note key", false, _ => catalog.Note(intake.Key, media.ContentHash, media.Length, intake.FetchBegan), CancellationToken.None).ConfigureAwait(false);
            NoteUse(intake.JobId, media, intake.Cost, StageUse.Made(intake.Outcome));
        }

        return lease;
    }

    private bool IsAcceptable(string path, SourceIntake intake)
    {
        if (SourceAcceptance.Refuse(path, intake.ExpectedLength) is not { } refusal)
        {
            return true;
        }

        intake.WhyNotStored = new(CacheReason.Refused, refusal);
        SourceLog.NotAccepted(layer.Logger, refusal);
        return false;
    }

    private TakenSource? Accept(string path, SourceIntake intake)
    {
        // A downloader may write through a symbolic link; the video is what lies behind it.
        var file = WorkerFile.Behind(path);
        return IsAcceptable(file, intake) ? new TakenSource(file) : null;
    }

    private TakenSource? Stage(string path, SourceIntake intake)
    {
        var staged = new StagedEntry(layer.Directory, layer.Transfer);
        try
        {
            staged.Take(path, SourceEntry.FileName(path));
            if (staged.Length <= layer.Settings.Current.MaxSize)
            {
                return new TakenSource(path, staged);
            }

            intake.WhyNotStored = new(CacheReason.NoRoom, "it alone is more than MaxSize");
            SourceLog.TooLarge(layer.Logger, staged.Length);
        }
        catch
        {
            staged.Dispose();
            throw;
        }

        staged.Dispose();
        return null;
    }

    private string? Hash(TakenSource taken, SourceIntake intake, OperationPulse pulse)
    {
        try
        {
            return taken.Hash(layer.Hasher, pulse);
        }
        catch (WorkerChangedFileException)
        {
            intake.WhyNotStored = CacheReason.ChangedByWorker;
            SourceLog.ChangedMeanwhile(layer.Logger);
            return null;
        }
    }

    private async ValueTask<bool> CopyInAsync(EntrySpace space, EvictionCandidate newcomer, StagedEntry staged, SourceIntake intake, CancellationToken cancellationToken) =>
        await IsReservedAsync(space, newcomer, intake, cancellationToken).ConfigureAwait(false)
        && await AttemptAsync(
            layer.Boundary,
            "copy",
            pulse =>
            {
                try
                {
                    staged.CopyIn(pulse);
                    return staged;
                }
                catch (WorkerChangedFileException)
                {
                    intake.WhyNotStored = CacheReason.ChangedByWorker;
                    SourceLog.ChangedMeanwhile(layer.Logger);
                    return null;
                }
            },
            intake,
            cancellationToken).ConfigureAwait(false) is not null;

    private static async ValueTask<bool> IsReservedAsync(EntrySpace space, EvictionCandidate newcomer, SourceIntake intake, CancellationToken cancellationToken)
    {
        var isReserved = await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false);
        if (!isReserved && space.Refusal is { } refusal)
        {
            intake.WhyNotStored = refusal;
        }

        return isReserved;
    }

    /// <summary>An operation of the storing, whose fault is the reason why the source is not stored.</summary>
    private static ValueTask<T?> AttemptAsync<T>(CacheBoundary boundary, string operation, Func<OperationPulse, T?> work, SourceIntake intake, CancellationToken cancellationToken)
        where T : class => boundary.AttemptOrSayAsync(
            operation,
            why =>
            {
                intake.WhyNotStored = why;
                return null;
            },
            work,
            null,
            cancellationToken);

    private EvictionCandidate Newcomer(string hash, long length, SourceIntake intake) =>
        EntrySpace.Newcomer(ContentName.Of(hash), EntryKind.Source, length, intake.Cost, intake.JobId, layer.Time.GetUtcNow());

    private EntryLease? Publish(TakenSource taken, SourceMedia media, SourceIntake intake, OperationPulse pulse)
    {
        try
        {
            if (intake.DoubtsStored || catalog.Facts(media.ContentHash) is { Suspected: true })
            {
                Clear(media.ContentHash, media.Length, pulse);
            }

            var lease = taken.Publish(layer.Entries, media, intake.Cost, layer.Time.GetUtcNow(), pulse);
            if (lease is not null)
            {
                SourceLog.Stored(layer.Logger, EntryStore.Short(media.ContentHash), media.Length);
                layer.Observed(Event(CacheEventKind.Published, null, media, intake.Cost));
            }

            return lease;
        }
        catch (WorkerChangedFileException)
        {
            intake.WhyNotStored = CacheReason.ChangedByWorker;
            SourceLog.ChangedMeanwhile(layer.Logger);
            return null;
        }
    }
}
