using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>
/// The profile layer's entries: look-up by source content and recipe, materialising into the worker's directory, and storing in two parts:
/// on the job's path the playlist is checked and each file linked or opened, in the background they are hashed, flushed and published.
/// </summary>
internal sealed class ProfileStore(CacheLayer layer, Action<string, string, StageUse> noteUse)
{
    /// <summary>The reason of a miss where <see cref="EncodeRecipe.Accept"/> refused what is stored: what is made instead replaces it.</summary>
    public const string NotAccepted = "the stored result was not accepted";

    private readonly ProfileAcceptance _acceptance = new(layer.Logger);

    public CacheLayer Layer => layer;

    /// <summary>The key of a recipe; <see langword="null"/> where hash or recipe are so odd that there is none. What they mean is the inner encoder's business.</summary>
    public ProfileKey? KeyOf(SourceMedia media, EncodeRecipe recipe)
    {
        try
        {
            return ProfileKey.From(media, recipe);
        }
        catch (Exception exception) when (exception is NullReferenceException or ArgumentException)
        {
            ProfileLog.NotDescribed(layer.Logger, "-", exception.GetType().Name);
            return null;
        }
    }

    public ValueTask<LeasedProfile> FindAsync(ProfileKey key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("find", new LeasedProfile(null, "cache unavailable"), pulse => Find(key, pulse), cancellationToken);

    /// <summary>Gives the worker the profile's files; the reason says why not.</summary>
    public async ValueTask<GivenProfile> MaterializeAsync(
        ProfileKey key, EncodeRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var given = await layer.Boundary.AttemptAsync(
            "materialize",
            GivenProfile.None("cache unavailable"),
            pulse =>
            {
                using var found = Find(key, pulse);
                return found.Lease is { } lease
                    ? Materialize(lease, request.Profile.Name, request.OutputDirectory, outcome, pulse)
                    : GivenProfile.None(found.Reason);
            },
            progress,
            cancellationToken).ConfigureAwait(false);
        if (given.Manifest is { } manifest)
        {
            report.How = given.How;
            report.Saved = TimeSpan.FromSeconds(manifest.Content.CostSeconds);
            report.Bytes = manifest.TotalLength;
            NoteUse(request.JobId, key, manifest, new StageUse(outcome, report.Saved, report.Bytes));
        }

        return given;
    }

    /// <summary>Gives the files of a lease that is held already, as a job's plan does.</summary>
    public async ValueTask<EncodedProfile?> MaterializeAsync(
        EntryLease lease,
        ProfileKey key,
        string name,
        string directory,
        string? jobId,
        StageReport report,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        var given = await layer.Boundary.AttemptAsync(
            "materialize",
            null,
            pulse =>
            {
                var (profile, how, manifest, _) = Materialize(lease, name, directory, CacheOutcome.Hit, pulse);
                report.How = how;
                report.Saved = TimeSpan.FromSeconds(manifest?.Content.CostSeconds ?? 0);
                report.Bytes = manifest?.TotalLength ?? 0;
                return profile;
            },
            progress,
            cancellationToken).ConfigureAwait(false);
        if (given is not null)
        {
            NoteUse(jobId, key, lease.Manifest, new StageUse(CacheOutcome.Hit, report.Saved, report.Bytes));
        }

        return given;
    }

    /// <summary>Whether an encode that returned normally is fit to be stored.</summary>
    public ValueTask<ProfileVerdict> JudgeAsync(ProfileKey key, EncodedProfile profile, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("judge", new ProfileVerdict(null, false, "cache unavailable"), _ => _acceptance.Judge(key, profile), cancellationToken);

    /// <summary>
    /// Takes a profile in. Returns as soon as the worker may do with its files what it likes; the rest goes on in the background,
    /// and releases <paramref name="production"/> when the entry can be found.
    /// </summary>
    public async ValueTask<EncodedProfile> TakeInAsync(
        ProfileKey key, EncodedProfile profile, PlaylistContents contents, ProfileIntake intake, Production production, StageReport report)
    {
        var complete = profile with { Duration = profile.Duration ?? contents.Duration, Outcome = CacheOutcome.Miss };
        var staged = await layer.Boundary.AttemptAsync("stage", null, pulse => Take(complete, contents, pulse), CancellationToken.None).ConfigureAwait(false);
        report.Bytes = staged?.Length ?? 0;
        if (staged is null || !await staged.SettleAsync(layer.Hasher, CancellationToken.None).ConfigureAwait(false))
        {
            await layer.ReleaseAsync(staged, production).ConfigureAwait(false);
            return complete;
        }

        production.StartSaving();
        var hash = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = layer.Saves.Run(async stopping =>
        {
            try
            {
                (await StoreAsync(key, complete, staged, intake, hash, stopping).ConfigureAwait(false))?.Dispose();
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            finally
            {
                hash.TrySetResult(null);
                staged.Dispose();
                production.Dispose();
            }
        });
        return complete with { PendingHash = hash.Task };
    }

    /// <summary>The short part: the cache's own hold on each file that the playlist reaches and each declared extra.</summary>
    public ValueTask<StagedEntry?> TakeAsync(EncodedProfile profile, PlaylistContents contents, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("stage", null, pulse => Take(profile, contents, pulse), cancellationToken);

    /// <summary>Hashes, flushes and publishes; gives a lease on the entry, where there is one.</summary>
    public async Task<EntryLease?> StoreAsync(
        ProfileKey key, EncodedProfile profile, StagedEntry staged, ProfileIntake intake, TaskCompletionSource<string?>? whenKnown, CancellationToken cancellationToken)
    {
        var space = new EntrySpace(layer, staged);
        await using var settling = space.ConfigureAwait(false);
        await space.TryAtOnceAsync(cancellationToken).ConfigureAwait(false);
        var content = await layer.Boundary.AttemptAsync("hash", null, pulse => Hash(key, profile, staged, intake, pulse), cancellationToken).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        whenKnown?.TrySetResult(content.Properties["hash"]);
        layer.MadeAgain(key.Name);
        var newcomer = EntrySpace.Newcomer(key.Name, EntryKind.Profile, staged.Length, intake.Cost, intake.JobId, layer.Time.GetUtcNow());
        var lease = await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false)
            ? await layer.Boundary.AttemptAsync("publish", null, pulse => Publish(key, profile, staged, content, intake, pulse), cancellationToken).ConfigureAwait(false)
            : null;

        // Also where there was no space for it: a retry that does the work again must not look like a first attempt.
        NoteUse(intake.JobId, key, new Manifest(content, []), StageUse.Miss);

        return lease;
    }

    /// <summary>Names of the source's cached profiles that come closest to a key, and in what they differ; empty where there is none.</summary>
    public ValueTask<string> ClosestAsync(ProfileKey key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("find closest", "", pulse => ClosestProfile.Describe(layer, key, pulse), cancellationToken);

    private LeasedProfile Find(ProfileKey key, OperationPulse pulse)
    {
        if (layer.Mode == LayerMode.Observe)
        {
            return new LeasedProfile(null, "observing");
        }

        if (layer.Entries.TryLease(key.Name, pulse, out var reason) is not { } lease)
        {
            return new LeasedProfile(null, reason);
        }

        if (!KeyPreimage.AreEqual(lease.Manifest.Content.Key, key.Preimage))
        {
            lease.Dispose();
            return new LeasedProfile(null, "another recipe of the same name");
        }

        try
        {
            if (IsAccepted(key.Recipe, lease))
            {
                return new LeasedProfile(lease, "");
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        lease.Dispose();
        return new LeasedProfile(null, NotAccepted);
    }

    private static bool IsAccepted(EncodeRecipe recipe, EntryLease lease)
    {
        if (recipe.Accept is not { } accept)
        {
            return true;
        }

        if (ProfileEntry.Read(lease.Manifest.Content, lease.Name, ProfileEntry.FilesOf(lease), CacheOutcome.Hit) is not { } stored)
        {
            return false;
        }

        try
        {
            return accept(stored);
        }
        catch (Exception exception)
        {
            // The worker's own code: its text may name anything, and is not for the cache's log.
            throw new InvalidOperationException($"EncodeRecipe.Accept threw {exception.GetType().Name}.");
        }
    }

    private GivenProfile Materialize(EntryLease lease, string name, string directory, CacheOutcome outcome, OperationPulse pulse)
    {
        var content = lease.Manifest.Content;
        var place = ProfileEntry.PlaceBelow(directory, content);
        if (ProfileEntry.Read(content, name, place, outcome) is not { } profile)
        {
            return GivenProfile.None("not a profile entry");
        }

        Directory.CreateDirectory(place);
        var how = layer.Materializer.Files(lease, ProfileEntry.Files(content), place, pulse);
        return new GivenProfile(profile, how, lease.Manifest, "");
    }

    private StagedEntry? Take(EncodedProfile profile, PlaylistContents contents, OperationPulse pulse)
    {
        var staged = new StagedEntry(layer.Directory, layer.Transfer);
        try
        {
            foreach (var file in contents.Files.Union(profile.ExtraFiles, StringComparer.Ordinal))
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

            ProfileLog.Rejected(layer.Logger, profile.Name, $"its {staged.Length} bytes are more than MaxSize allows");
        }
        catch
        {
            staged.Dispose();
            throw;
        }

        staged.Dispose();
        return null;
    }

    private ManifestContent? Hash(ProfileKey key, EncodedProfile profile, StagedEntry staged, ProfileIntake intake, OperationPulse pulse)
    {
        try
        {
            return ProfileEntry.Content(key, profile, staged.Hash(layer.Hasher, pulse), intake, layer.Time.GetUtcNow());
        }
        catch (WorkerChangedFileException)
        {
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

            var lease = staged.PublishAs(key.Name, layer.Entries, manifest, pulse);
            if (lease is not null)
            {
                ProfileLog.Stored(layer.Logger, EntryStore.Short(key.Name), content.Files.Count, manifest.TotalLength);
                layer.Observed(Event(CacheEventKind.Published, null, key, manifest));
            }

            return lease;
        }
        catch (WorkerChangedFileException)
        {
            ProfileLog.ChangedMeanwhile(layer.Logger, LogText.Name(profile.Name));
            return null;
        }
    }

    private void NoteUse(string? jobId, ProfileKey key, Manifest manifest, StageUse use)
    {
        layer.Observed(Event(CacheEventKind.Requested, jobId, key, manifest));
        if (jobId is not null)
        {
            noteUse(jobId, key.Name, use);
        }
    }

    private CacheEvent Event(CacheEventKind kind, string? jobId, ProfileKey key, Manifest manifest) => new(kind, layer.Time.GetUtcNow())
    {
        Key = key.Name,
        EntryKind = EntryKind.Profile,
        Size = manifest.TotalLength,
        CostSeconds = manifest.Content.CostSeconds > 0 ? manifest.Content.CostSeconds : null,
        JobId = jobId,
    };
}
