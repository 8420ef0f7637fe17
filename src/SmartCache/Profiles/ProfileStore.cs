using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// The profile layer's entries: look-up by source content and recipe, materialising into the worker's directory, and storing in two parts:
/// on the job's path the playlist is checked and each file linked or opened, in the background they are hashed, flushed and published.
/// </summary>
internal sealed partial class ProfileStore(CacheLayer layer, Action<string, string, StageUse> noteUse)
{
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
        layer.Boundary.AttemptOrSayAsync("find", static why => new LeasedProfile(null, why), pulse => Find(key, pulse), null, cancellationToken);

    /// <summary>Gives the worker the profile's files; the reason says why not.</summary>
    public async ValueTask<GivenProfile> MaterializeAsync(
        ProfileKey key, EncodeRequest request, StageReport report, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var given = await layer.Boundary.AttemptOrSayAsync(
            "materialize",
            static why => GivenProfile.None(why),
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
        layer.Boundary.AttemptOrSayAsync("judge", static why => new ProfileVerdict(null, IsShort: false, why), pulse => _acceptance.Judge(key, profile, before, pulse), null, cancellationToken);

    /// <summary>Looks into an output directory before an encode, so that afterwards one knows what it made.</summary>
    public ValueTask<bool> LookAsync(DirectoryBefore before, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("look", false, before.Look, cancellationToken);

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
            return new LeasedProfile(null, CacheReason.Observing);
        }

        if (layer.Entries.TryLease(key.Name, pulse, out var reason) is not { } lease)
        {
            return new LeasedProfile(null, reason.Code == CacheReason.NotCached ? layer.NotStored.Of(key.Name, reason) : reason);
        }

        if (!IsOf(lease.Manifest, key))
        {
            lease.Dispose();
            return new LeasedProfile(null, new(CacheReason.OtherContent, "another recipe of the same name"));
        }

        try
        {
            if (IsAccepted(key.Recipe, lease))
            {
                return new LeasedProfile(lease, default);
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        lease.Dispose();
        return new LeasedProfile(null, CacheReason.NotAccepted);
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
            return GivenProfile.None(new(CacheReason.OtherContent, "not a profile entry"));
        }

        Directory.CreateDirectory(place);
        var how = layer.Materializer.Files(lease, ProfileEntry.Files(content), place, pulse);
        return new GivenProfile(profile, how, lease.Manifest, default);
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
