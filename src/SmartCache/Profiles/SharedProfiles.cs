using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>The profile layer and the remote tier: what other hosts have encoded, and what of this host is sent to them.</summary>
internal sealed class SharedProfiles(EntryLayer layer, RemoteTier remote)
{
    /// <summary>Whether other hosts may have one.</summary>
    public bool MayHave(CacheUse use) => remote.Reads(EntryKind.Profile) && layer.Mode == LayerMode.On && use is CacheUse.Use or CacheUse.NoStore;

    /// <summary>Whether this host can judge one: what it cannot, it would fetch in vain.</summary>
    public static bool CanJudge(ProfileKey key) => ProfileAcceptance.Expected(key) is not null;

    /// <summary>Fetches a profile that another host has encoded, where that is cheaper than encoding. Whatever comes of it, nothing else is left in the directory.</summary>
    /// <param name="store">Judges it, as it judges an encode.</param>
    /// <param name="key">What is wanted.</param>
    /// <param name="place">Where its files go.</param>
    /// <param name="outcome">How it comes.</param>
    /// <param name="progress">Is told while it comes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<SharedProfile> FetchAsync(
        ProfileStore store, ProfileKey key, ProfilePlace place, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var wanted = new PackRequest(ObjectOf(key), "fetch", content => PlaceOf(content, key, place)) { Reserve = place.Reserve };
        var fetched = await remote.FetchAsync(wanted, progress, cancellationToken).ConfigureAwait(false);
        if (fetched.Content is not { } content)
        {
            return SharedProfile.None(fetched.Result);
        }

        var profile = ProfileEntry.Read(content, place.Name, ProfileEntry.PlaceBelow(Path.GetFullPath(place.Directory), content), outcome)!;
        var verdict = await JudgeAsync(store, key, profile, wanted, fetched).ConfigureAwait(false);
        if (verdict.Contents is not { } contents)
        {
            return SharedProfile.None(verdict.IsUnknown ? RemoteResult.NotJudged : RemoteResult.Wrong);
        }

        if (!await layer.Boundary.AttemptAsync("accept", false, _ => IsAccepted(key, profile), CancellationToken.None).ConfigureAwait(false))
        {
            remote.TakeBack(wanted, fetched);
            return SharedProfile.None(RemoteResult.Refused);
        }

        remote.Used(EntryKind.Profile, fetched);
        return new SharedProfile(RemoteResult.Found, fetched.Text) { Profile = profile, Contents = contents, Cost = TimeSpan.FromSeconds(content.CostSeconds), Bytes = fetched.Bytes };
    }

    /// <summary>Takes the work of a profile over all hosts.</summary>
    public async ValueTask<WorkTurn> EnterAsync(ProfileKey key, bool mayWait, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!remote.Sends(EntryKind.Profile))
        {
            return WorkTurn.Alone;
        }

        var turn = await remote.EnterAsync(key.Name, mayWait, production, progress, cancellationToken).ConfigureAwait(false);
        if (turn.MayBeThere)
        {
            remote.LookAgain(ObjectOf(key));
        }

        return turn;
    }

    /// <summary>A profile was stored here, and did not come from another host.</summary>
    /// <param name="key">What it is.</param>
    /// <param name="bytes">Of its files.</param>
    /// <param name="replaces">Whether it was made because the one that was there is not wanted: then the store's is not wanted either.</param>
    /// <param name="turn">The work over all hosts, which ends when it is there.</param>
    public ValueTask StoredAsync(ProfileKey key, long bytes, bool replaces, WorkTurn? turn) => remote.Sends(EntryKind.Profile)
        ? remote.OweAsync(new Intent { Layer = layer.Name, Name = key.Name, At = remote.Time.GetUtcNow(), Bytes = bytes, Replaces = replaces }, turn)
        : ValueTask.CompletedTask;

    private static string ObjectOf(ProfileKey key) => "profiles/" + key.Name;

    /// <summary>The same judgement as of an encode that was made here: what another version of the library, or its bug, let through is not taken.</summary>
    private async ValueTask<ProfileVerdict> JudgeAsync(ProfileStore store, ProfileKey key, EncodedProfile profile, PackRequest wanted, FetchedPack fetched)
    {
        var verdict = await store.JudgeAsync(key, profile, null, CancellationToken.None).ConfigureAwait(false);
        if (verdict.IsOpen)
        {
            remote.Reject(wanted, fetched, verdict.Why.Text);
        }
        else if (verdict.Contents is null)
        {
            // It could not be judged, or this host expects another duration than the one that made it: which of them is right nobody knows.
            remote.TakeBack(wanted, fetched);
        }

        return verdict;
    }

    private static bool IsAccepted(ProfileKey key, EncodedProfile profile)
    {
        try
        {
            return key.Recipe.Accept?.Invoke(profile) ?? true;
        }
        catch (Exception)
        {
            // The worker's own code: what it cannot judge it makes anew.
            return false;
        }
    }

    private static string[]? PlaceOf(ManifestContent content, ProfileKey key, ProfilePlace place)
    {
        var directory = ProfileEntry.PlaceBelow(Path.GetFullPath(place.Directory), content);
        return KeyPreimage.AreEqual(content.Key, key.Preimage) && ProfileEntry.Read(content, place.Name, directory, CacheOutcome.Hit) is not null
            ? [.. ProfileEntry.Files(content).Select(file => Path.Combine(directory, file.RelativePath))]
            : null;
    }
}
