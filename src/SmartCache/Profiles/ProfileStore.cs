using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// The profile layer's entries: look-up by source content and recipe, materialising into the worker's directory, and the judgement of an encode. Storing is
/// <see cref="ProfileIntake"/>'s.
/// </summary>
internal sealed class ProfileStore(EntryLayer layer, SpaceKeeper space, PartsStore parts)
{
    private readonly ProfileAcceptance _acceptance = new(layer.Files, layer.Logger);

    public EntryLayer Layer => layer;

    /// <summary>Who gives the space for what is stored or lent.</summary>
    public SpaceKeeper Space => space;

    /// <summary>The other hosts of a pool; <see langword="null"/> where there are none.</summary>
    public SharedProfiles? Shared { get; init; }

    /// <summary>What unfinished encodes have left to go on from.</summary>
    public PartsStore Parts => parts;

    // Names are cut hashes, and an entry can be copied to another's name: the whole recipe decides.
    public static bool IsOf(Manifest manifest, ProfileKey key) => KeyPreimage.AreEqual(manifest.Content.Key, key.Preimage);

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

    /// <summary>
    /// What the worker's encoder says of an encode; <see langword="null"/> where it throws, or says nothing in time. Without the cache nobody would have asked: the
    /// encode itself says whether something is wrong.
    /// </summary>
    public async ValueTask<EncodeRecipe?> DescribeAsync(IProfileEncoder encoder, SourceMedia media, EncodingProfile profile, CancellationToken cancellationToken)
    {
        try
        {
            return await WorkerQuestion.AskAsync(token => encoder.DescribeAsync(media, profile, token), layer.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ProfileLog.NotDescribed(layer.Logger, LogText.Name(profile.Name), exception.GetType().Name);
            ProfileLog.NotDescribedBecause(layer.Logger, exception, LogText.Name(profile.Name));
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
        layer.Boundary.AttemptOrSayAsync("find", static why => new LeasedProfile(null, why), pulse => LeaseChecked(key, pulse), null, cancellationToken);

    /// <summary>Gives the worker the profile's files; the reason says why not.</summary>
    /// <param name="key">What is asked for.</param>
    /// <param name="place">Where the files go, for whom.</param>
    /// <param name="report">Gets what they saved.</param>
    /// <param name="outcome">How they came.</param>
    /// <param name="progress">Is told of what takes long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="held">A lease that is held already, as a job's plan does.</param>
    public async ValueTask<GivenProfile> MaterializeAsync(
        ProfileKey key,
        ProfilePlace place,
        StageReport report,
        CacheOutcome outcome,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken,
        EntryLease? held = null)
    {
        var given = await layer.Boundary.AttemptOrSayAsync(
            "materialize",
            static why => GivenProfile.None(why),
            pulse =>
            {
                using var found = held is null ? LeaseChecked(key, pulse) : null;
                return (held ?? found!.Lease) is { } lease ? Materialize(lease, place, outcome, pulse) : GivenProfile.None(found!.Reason);
            },
            progress,
            cancellationToken).ConfigureAwait(false);
        if (given.Manifest is { } manifest)
        {
            report.Given(given.How, TimeSpan.FromSeconds(manifest.Content.CostSeconds), manifest.TotalLength);
            layer.Events.Observe(layer.Event(CacheEventKind.Requested, key.Name, manifest.TotalLength, manifest.Content.CostSeconds, place.JobId));
            NoteUse(place.JobId, key, new StageUse(outcome, report.Saved, report.Bytes, CacheReason.None));
        }

        return given;
    }

    /// <summary>Whether an encode that returned normally is fit to be stored.</summary>
    /// <param name="key">What was asked for.</param>
    /// <param name="profile">What was made.</param>
    /// <param name="before">What lay in the output directory before; <see langword="null"/> where nobody looked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<ProfileVerdict> JudgeAsync(ProfileKey key, EncodedProfile profile, DirectoryBefore? before, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptOrSayAsync("judge", static why => new ProfileVerdict(null, IsShort: false, why) { IsUnknown = true }, pulse => _acceptance.Judge(key, profile, before, pulse), null, cancellationToken);

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
            layer.Events.Use(EntryKind.Profile, key.Name, jobId, use);
        }
    }

    /// <summary>Says and notes that an encode is not stored.</summary>
    public void Refuse(ProfileKey key, string profile, Reason why)
    {
        layer.NoteRefused(key.Name, why);
        if (why.Code != CacheReason.DurationUnknown)
        {
            // That one is a matter of the set-up, and was said once.
            ProfileLog.NotStored(layer.Logger, LogText.Name(profile), why.ToLog());
        }
    }

    // An entry whose files have other times is read: it may take minutes.
    private LeasedProfile LeaseChecked(ProfileKey key, OperationPulse pulse)
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

    private GivenProfile Materialize(EntryLease lease, ProfilePlace place, CacheOutcome outcome, OperationPulse pulse)
    {
        var content = lease.Manifest.Content;
        var directory = ProfileEntry.PlaceBelow(place.Directory, content);
        if (ProfileEntry.Read(content, place.Name, directory, outcome) is not { } profile)
        {
            return GivenProfile.None(new(CacheReason.OtherContent, "not a profile entry"));
        }

        layer.Files.MakeDirectory(directory);
        var how = layer.Materializer.Files(lease, ProfileEntry.Files(content), directory, pulse);
        return new GivenProfile(profile, how, lease.Manifest, default);
    }
}
