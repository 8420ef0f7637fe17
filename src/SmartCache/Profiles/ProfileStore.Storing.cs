using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <content>Storing: the short part on the job's path, and the long one in the background.</content>
internal sealed partial class ProfileStore
{
    /// <summary>Says and notes that an encode is not stored.</summary>
    public void Refuse(ProfileKey key, string profile, Reason why)
    {
        layer.NotStored.Note(key.Name, why);
        if (why.Code != CacheReason.DurationUnknown)
        {
            // That one is a matter of the set-up, and was said once.
            ProfileLog.NotStored(layer.Logger, LogText.Name(profile), why.ToLog());
        }
    }

    /// <summary>
    /// Takes a profile in. Returns as soon as the worker may do with its files what it likes; the rest goes on in the background,
    /// and releases <paramref name="production"/> when the entry can be found.
    /// </summary>
    public async ValueTask<EncodedProfile> TakeInAsync(
        ProfileKey key, EncodedProfile profile, PlaylistContents contents, ProfileIntake intake, Production production, StageReport report)
    {
        var complete = profile with { Duration = profile.Duration ?? contents.Duration, Outcome = CacheOutcome.Miss };
        var staged = await TakeAsync(complete, contents, intake, CancellationToken.None).ConfigureAwait(false);
        report.Bytes = staged?.Length ?? 0;
        if (staged is null || !await SettleAsync(complete.Name, staged, intake, CancellationToken.None).ConfigureAwait(false))
        {
            layer.NotStored.Note(key.Name, intake.WhyNotStored);
            await layer.ReleaseAsync(production, staged).ConfigureAwait(false);
            return complete;
        }

        production.StartSaving(staged);
        var hash = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = layer.Saves.Run(async stopping =>
        {
            EntryLease? lease = null;
            try
            {
                lease = await StoreAsync(key, complete, staged, intake, hash, stopping).ConfigureAwait(false);
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
                hash.TrySetResult(null);
                layer.NotStored.Note(key.Name, lease is null ? intake.WhyNotStored : default);
                await layer.ReleaseAsync(lease, production, staged).ConfigureAwait(false);
            }
        });
        return complete with { PendingHash = hash.Task };
    }

    /// <summary>The short part: the cache's own hold on each file that the playlist reaches and each declared extra.</summary>
    public ValueTask<StagedEntry?> TakeAsync(EncodedProfile profile, PlaylistContents contents, ProfileIntake intake, CancellationToken cancellationToken) =>
        AttemptAsync("stage", pulse => Take(profile, contents, intake, pulse), intake, cancellationToken);

    /// <summary>Waits the milliseconds until the files' times are worth something as witnesses; false, and said, where one never is.</summary>
    public async ValueTask<bool> SettleAsync(string profile, StagedEntry staged, ProfileIntake intake, CancellationToken cancellationToken)
    {
        if (await staged.SettleAsync(layer.Hasher, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        intake.WhyNotStored = CacheReason.DatedAhead;
        ProfileLog.DatedAhead(layer.Logger, LogText.Name(profile));
        return false;
    }

    /// <summary>Hashes, flushes and publishes; gives a lease on the entry, where there is one.</summary>
    public async Task<EntryLease?> StoreAsync(
        ProfileKey key, EncodedProfile profile, StagedEntry staged, ProfileIntake intake, TaskCompletionSource<string?>? whenKnown, CancellationToken cancellationToken)
    {
        var space = new EntrySpace(layer, staged);
        await using var settling = space.ConfigureAwait(false);
        await space.TryAtOnceAsync(cancellationToken).ConfigureAwait(false);
        var content = await AttemptAsync("hash", pulse => Hash(key, profile, staged, intake, pulse), intake, cancellationToken).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        whenKnown?.TrySetResult(content.Properties["hash"]);
        layer.MadeAgain(key.Name);
        var newcomer = EntrySpace.Newcomer(key.Name, EntryKind.Profile, staged.Length, intake.Cost, intake.JobId, layer.Time.GetUtcNow());
        var lease = await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false)
            ? await AttemptAsync("publish", pulse => Publish(key, profile, staged, content, intake, pulse), intake, cancellationToken).ConfigureAwait(false)
            : null;
        intake.WhyNotStored = space.Refusal ?? intake.WhyNotStored;
        layer.Observed(Event(CacheEventKind.Requested, intake.JobId, key, new Manifest(content, [])));

        return lease;
    }

    private StagedEntry? Take(EncodedProfile profile, PlaylistContents contents, ProfileIntake intake, OperationPulse pulse)
    {
        var files = contents.Files.Union(profile.ExtraFiles, StringComparer.Ordinal).ToList();
        if (files.Count > ManifestFormat.MaxFiles)
        {
            NotStored(profile, intake, new(CacheReason.Refused, $"it has {files.Count} files, an entry holds at most {ManifestFormat.MaxFiles}"));
            return null;
        }

        var staged = new StagedEntry(layer.Directory, layer.Transfer);
        try
        {
            foreach (var file in files)
            {
                pulse.Beat();
                if (!EntryPath.IsSafe(file))
                {
                    throw new IOException("An extra file lies outside the profile's directory.");
                }

                staged.Take(Path.Combine(profile.Directory, file), ProfileEntry.StoredPath(file));
            }

            if (staged.Length <= layer.Settings.Current.MaxSize)
            {
                return staged;
            }

            NotStored(profile, intake, new(CacheReason.NoRoom, $"its {staged.Length} bytes are more than MaxSize allows"));
        }
        catch
        {
            staged.Dispose();
            throw;
        }

        staged.Dispose();
        return null;
    }

    private void NotStored(EncodedProfile profile, ProfileIntake intake, Reason why)
    {
        intake.WhyNotStored = why;
        ProfileLog.NotStored(layer.Logger, LogText.Name(profile.Name), why.ToLog());
    }

    private ManifestContent? Hash(ProfileKey key, EncodedProfile profile, StagedEntry staged, ProfileIntake intake, OperationPulse pulse)
    {
        try
        {
            return ProfileEntry.Content(key, profile, staged.Hash(layer.Hasher, pulse), intake, layer.Time.GetUtcNow());
        }
        catch (WorkerChangedFileException)
        {
            intake.WhyNotStored = CacheReason.ChangedByWorker;
            ProfileLog.ChangedMeanwhile(layer.Logger, LogText.Name(profile.Name));
            return null;
        }
    }

    private EntryLease? Publish(ProfileKey key, EncodedProfile profile, StagedEntry staged, ManifestContent content, ProfileIntake intake, OperationPulse pulse)
    {
        try
        {
            var manifest = staged.Finish(content, pulse);
            if (intake.Replaces)
            {
                layer.Entries.Remove(key.Name, EntryRemoval.Trash, "replaced");
            }

            var lease = staged.PublishAs(key.Name, layer.Entries, manifest, there => IsOf(there, key), pulse);
            if (lease is not null)
            {
                ProfileLog.Stored(layer.Logger, EntryStore.Short(key.Name), content.Files.Count, manifest.TotalLength);
                layer.Observed(Event(CacheEventKind.Published, null, key, manifest));
            }

            return lease;
        }
        catch (InvalidDataException tooLarge)
        {
            NotStored(profile, intake, new(CacheReason.Refused, tooLarge.Message));
            return null;
        }
        catch (WorkerChangedFileException)
        {
            intake.WhyNotStored = CacheReason.ChangedByWorker;
            ProfileLog.ChangedMeanwhile(layer.Logger, LogText.Name(profile.Name));
            return null;
        }
    }

    /// <summary>An operation of the storing, whose fault is the reason why the profile is not stored.</summary>
    private ValueTask<T?> AttemptAsync<T>(string operation, Func<OperationPulse, T?> work, ProfileIntake intake, CancellationToken cancellationToken)
        where T : class => layer.Boundary.AttemptOrSayAsync(
            operation,
            why =>
            {
                intake.WhyNotStored = why;
                return null;
            },
            work,
            null,
            cancellationToken);
}
