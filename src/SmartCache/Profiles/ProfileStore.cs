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
        catch (Exception exception)
        {
            ProfileLog.NotDescribed(layer.Logger, "-", exception.GetType().Name);
            ProfileLog.NotDescribedBecause(layer.Logger, exception, "-");
            return null;
        }
    }

    /// <summary>Before an encoder runs: what it makes anew must not be written into an entry. Without a recipe nobody knows which entry that would be.</summary>
    public void Unshare(EncodeRequest request, SourceMedia? media)
    {
        if (media is not null && request.Recipe is { WhyNotCacheable: null } recipe && KeyOf(media, recipe) is { } key)
        {
            layer.UnshareBelow(request.OutputDirectory, key.Name);
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
            NoteHit(request.JobId, key, manifest, new StageUse(outcome, report.Saved, report.Bytes));
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
            NoteHit(jobId, key, lease.Manifest, new StageUse(CacheOutcome.Hit, report.Saved, report.Bytes));
        }

        return given;
    }

    /// <summary>Whether an encode that returned normally is fit to be stored.</summary>
    /// <param name="key">What was asked for.</param>
    /// <param name="profile">What was made.</param>
    /// <param name="before">What lay in the output directory before; <see langword="null"/> where nobody looked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<ProfileVerdict> JudgeAsync(ProfileKey key, EncodedProfile profile, DirectoryBefore? before, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("judge", new ProfileVerdict(null, false, "cache unavailable"), pulse => _acceptance.Judge(key, profile, before, pulse), cancellationToken);

    /// <summary>Looks into an output directory before an encode, so that afterwards one knows what it made.</summary>
    public ValueTask<bool> LookAsync(DirectoryBefore before, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("look", false, before.Look, cancellationToken);

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
        if (staged is null || !await SettleAsync(complete.Name, staged, CancellationToken.None).ConfigureAwait(false))
        {
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
                return false;
            }
            catch (Exception exception)
            {
                layer.Boundary.Report("save", exception);
                return false;
            }
            finally
            {
                hash.TrySetResult(null);
                await layer.ReleaseAsync(lease, production, staged).ConfigureAwait(false);
            }
        });
        return complete with { PendingHash = hash.Task };
    }

    /// <summary>The short part: the cache's own hold on each file that the playlist reaches and each declared extra.</summary>
    public ValueTask<StagedEntry?> TakeAsync(EncodedProfile profile, PlaylistContents contents, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("stage", null, pulse => Take(profile, contents, pulse), cancellationToken);

    /// <summary>Waits the milliseconds until the files' times are worth something as witnesses; false, and said, where one never is.</summary>
    public async ValueTask<bool> SettleAsync(string profile, StagedEntry staged, CancellationToken cancellationToken)
    {
        if (await staged.SettleAsync(layer.Hasher, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

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
        layer.Observed(Event(CacheEventKind.Requested, intake.JobId, key, new Manifest(content, [])));

        return lease;
    }

    /// <summary>The cached profile that comes closest to a key, and in what it differs; empty where there is none.</summary>
    /// <param name="key">What is not cached.</param>
    /// <param name="made">Names of entries that were made of the source, newest last.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public ValueTask<string> ClosestAsync(ProfileKey key, IReadOnlyList<string> made, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("find closest", "", pulse => ClosestProfile.Describe(layer, key, made, pulse), cancellationToken);

    /// <summary>Notes that a job asked for a profile: it is needed until the job has ended, and who asks again is a retry.</summary>
    public void NoteUse(string? jobId, ProfileKey key, StageUse use)
    {
        if (jobId is not null)
        {
            noteUse(jobId, key.Name, use);
        }
    }

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

        if (!IsOf(lease.Manifest, key))
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

    // Names are cut hashes, and an entry can be copied to another's name: the whole recipe decides.
    private static bool IsOf(Manifest manifest, ProfileKey key) => KeyPreimage.AreEqual(manifest.Content.Key, key.Preimage);

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

            var lease = staged.PublishAs(key.Name, layer.Entries, manifest, there => IsOf(there, key), pulse);
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

    private void NoteHit(string? jobId, ProfileKey key, Manifest manifest, StageUse use)
    {
        layer.Observed(Event(CacheEventKind.Requested, jobId, key, manifest));
        NoteUse(jobId, key, use);
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
