using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>The source layer and the remote tier: what other hosts know of an identity, their copies of its content, and what of this host is sent to them.</summary>
internal sealed class SharedSources(SourceCatalog catalog, RemoteTier remote)
{
    private const int MostKeys = 10_000;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly RecentNames _learned = new(remote.Time);
    private readonly KeysOfContent _keys = new(MostKeys);

    private EntryLayer Layer => catalog.Layer;

    /// <summary>
    /// Takes over what other hosts know of an identity, so that a job can be planned without its source: its content and what a probe said of that. Notes it as this host's
    /// own knowledge, with the time of the fetch that found it.
    /// </summary>
    /// <returns>Whether there is something now that was not known here.</returns>
    public async ValueTask<bool> LearnAsync(SourceKey key, long? expectedLength, CancellationToken cancellationToken) =>
        remote.Reads(EntryKind.Source) && Layer.Mode == LayerMode.On && (await FindAsync(key, expectedLength, cancellationToken).ConfigureAwait(false)).Record is { } record
        && !await IsDroppedAsync(record, cancellationToken).ConfigureAwait(false) && await NoteAsync(key, record, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Gives the job a source that another host has downloaded; <see cref="SharedSource.NotThere"/> or <see langword="null"/> with the reason in the report where there is none, or
    /// the download is cheaper.
    /// </summary>
    /// <param name="key">What is wanted.</param>
    /// <param name="request">Where it goes.</param>
    /// <param name="report">Gets what it saved, or why not.</param>
    /// <param name="progress">Is told while it comes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<SharedSource?> FetchAsync(
        SourceKey key, DownloadRequest request, StageReport report, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!remote.Reads(EntryKind.Source) || Layer.Mode != LayerMode.On || request.Use is not (CacheUse.Use or CacheUse.NoStore))
        {
            return null;
        }

        var (result, record) = await FindAsync(key, request.ExpectedLength, cancellationToken).ConfigureAwait(false);
        record = await NewerAsync(key, request.ExpectedLength, record, cancellationToken).ConfigureAwait(false);
        if (record is null)
        {
            report.Reason = report.Reason.Saying(result);
            return result == RemoteResult.NotThere ? SharedSource.NotThere : null;
        }

        if (await IsDroppedAsync(record, cancellationToken).ConfigureAwait(false))
        {
            // An encode of it failed here: the next attempt gets what it would have got without the others.
            return null;
        }

        // Whoever wants nothing stored has it fetched: to give it from here means to note the key.
        var mayNote = request.Use != CacheUse.NoStore;
        if (mayNote && await IsHereAsync(key, record, cancellationToken).ConfigureAwait(false))
        {
            // Under another identity, or since the first look.
            return new SharedSource(null, record);
        }

        var wanted = new PackRequest($"sources/{ContentName.Of(record.ContentHash)}", "fetch", content => PlaceOf(content, record, request));
        var fetched = await remote.FetchAsync(wanted, progress, cancellationToken).ConfigureAwait(false);
        if (fetched.Content is not { } content)
        {
            report.Reason = report.Reason.Saying(fetched.Result);
            return fetched.Result == RemoteResult.NotThere ? SharedSource.NotThere : null;
        }

        remote.Used(EntryKind.Source, fetched);
        report.Given(MaterializedBy.Remote, TimeSpan.FromSeconds(content.CostSeconds), fetched.Bytes);
        report.Reason = new Reason(CacheReason.None, fetched.Text);
        if (mayNote)
        {
            await NoteFactsAsync(record, cancellationToken).ConfigureAwait(false);
        }

        return new SharedSource(new DownloadedVideo(request.DestinationPath, record.Length), record) { Cost = TimeSpan.FromSeconds(content.CostSeconds) };
    }

    /// <summary>
    /// Takes a download over all hosts. Only where each source is shared as soon as it is stored: what may stay on the other host is not worth waiting for.
    /// </summary>
    public async ValueTask<WorkTurn> EnterAsync(SourceKey key, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (remote.Sources != RemoteSources.All || !remote.Sends(EntryKind.Source))
        {
            return WorkTurn.Alone;
        }

        var turn = await remote.EnterAsync(key.Name, mayWait: true, production, progress, cancellationToken).ConfigureAwait(false);
        if (turn.MayBeThere)
        {
            remote.LookAgain(RemoteKeys.ObjectOf(key.Name));
        }

        return turn;
    }

    /// <summary>An identity led to a content here. Kept in memory: which keys go to the others with a source is known when that is sent.</summary>
    /// <param name="contentHash">The content.</param>
    /// <param name="keyName">The identity.</param>
    /// <param name="fetchedAt">When the fetch began that found it; where it was given from here, nothing.</param>
    public void NoteKey(string contentHash, string keyName, DateTimeOffset fetchedAt = default)
    {
        if (remote.Sends(EntryKind.Source))
        {
            _keys.Add(contentHash, keyName, fetchedAt);
        }
    }

    /// <summary>A source was stored here, or one that is proven was found under another identity.</summary>
    /// <param name="media">What it is.</param>
    /// <param name="turn">The download over all hosts, which ends when it is there.</param>
    public ValueTask StoredAsync(SourceMedia media, WorkTurn? turn = null) =>
        remote.Sends(EntryKind.Source) ? OweAsync(media, mustBeProven: remote.Sources != RemoteSources.All, turn) : ValueTask.CompletedTask;

    /// <summary>The store has it not, whatever this process remembers: it is sent with all keys that lead to it, if it may be.</summary>
    public async ValueTask PushAsync(SourceMedia media, IReadOnlyCollection<string> keys)
    {
        var mustBeProven = remote.Sources != RemoteSources.All;
        if (await Layer.Boundary.AttemptAsync("owe", null, _ => IntentFor(media, ContentName.Of(media.ContentHash), keys, mustBeProven), CancellationToken.None).ConfigureAwait(false) is { } intent)
        {
            await remote.OweAsync(intent).ConfigureAwait(false);
        }
    }

    /// <summary>An encode of full duration came out of it: it is good for others.</summary>
    public ValueTask ProvenAsync(SourceMedia media) => remote.Sends(EntryKind.Source) ? OweAsync(media, mustBeProven: false) : ValueTask.CompletedTask;

    /// <summary>The worker wants nobody to be given it any more, nor what was made of it. Here that holds when this returns; whoever waits knows it to be on the disk.</summary>
    public Task RejectedAsync(string contentHash)
    {
        if (!remote.Sends(EntryKind.Source) || !ContentName.IsHash(contentHash))
        {
            return Task.CompletedTask;
        }

        var source = ContentName.Of(contentHash);
        remote.BeginRemoval(source);
        return Layer.Saves.Run(async _ =>
        {
            try
            {
                await RejectAsync(contentHash).ConfigureAwait(false);
                return true;
            }
            finally
            {
                remote.RemovalBegan(source);
            }
        });
    }

    /// <summary>
    /// An encode of it failed here. Where only proven sources are shared, one that others have was proven by another host, and what fails is more likely this one: it is
    /// downloaded anew here, and stays there.
    /// </summary>
    public void Dropped(string contentHash)
    {
        if (remote.Sources == RemoteSources.All)
        {
            _ = RejectedAsync(contentHash);
        }
    }

    private async ValueTask RejectAsync(string contentHash)
    {
        // Also those of earlier processes.
        var recorded = await Layer.Boundary.AttemptAsync<IReadOnlyCollection<string>>("find keys", [], pulse => catalog.KeysOf(contentHash, pulse), CancellationToken.None).ConfigureAwait(false);
        var keys = recorded.Union(_keys.Of(contentHash).Select(static key => key.Key)).ToDictionary(
            static key => key,
            key => new RemoteKey { Key = new Dictionary<string, string>(), ContentHash = contentHash, Length = 0, FetchedAt = default });
        await remote.OweAsync(new Intent { Layer = Layer.Name, Name = ContentName.Of(contentHash), At = remote.Time.GetUtcNow(), IsRemoval = true, Keys = keys }).ConfigureAwait(false);
    }

    private async ValueTask OweAsync(SourceMedia media, bool mustBeProven, WorkTurn? turn = null)
    {
        var name = ContentName.Of(media.ContentHash);
        var names = _keys.Of(media.ContentHash).Where(key => !remote.IsKeyThere(key.Key, key.Value)).Select(static key => key.Key).ToList();
        if (names.Count == 0 && remote.IsThere(EntryKind.Source, name))
        {
            return;
        }

        var intent = await Layer.Boundary.AttemptAsync("owe", null, _ => IntentFor(media, name, names, mustBeProven), CancellationToken.None).ConfigureAwait(false);
        if (intent is not null)
        {
            await remote.OweAsync(intent, turn).ConfigureAwait(false);
        }
    }

    private Intent? IntentFor(SourceMedia media, string name, IReadOnlyCollection<string> names, bool mustBeProven)
    {
        var facts = catalog.Facts(media.ContentHash);
        if ((mustBeProven && facts is not { Proven: true }) || !Layer.Entries.Exists(name))
        {
            return null;
        }

        var keys = new Dictionary<string, RemoteKey>(StringComparer.Ordinal);
        foreach (var key in names)
        {
            if (catalog.Recorded(key) is { } record && record.ContentHash == media.ContentHash)
            {
                keys[key] = new RemoteKey
                {
                    Key = record.Key, ContentHash = record.ContentHash, Length = record.Length, FetchedAt = record.FetchedAt,
                    Facts = facts?.Facts ?? media.Facts, IsProbed = facts?.IsProbed == true,
                };
            }
        }

        return new Intent { Layer = Layer.Name, Name = name, At = remote.Time.GetUtcNow(), Bytes = media.Length, Keys = keys };
    }

    // What was learned a moment ago, for a plan, is on record here.
    private async ValueTask<(RemoteResult Result, RemoteKey? Record)> FindAsync(SourceKey key, long? expectedLength, CancellationToken cancellationToken)
    {
        if (_learned.Contains(key.Name, remote.MissAge))
        {
            return (RemoteResult.NotThere, null);
        }

        var (result, record) = await remote.FindKeyAsync(key.Name, key.Preimage, cancellationToken).ConfigureAwait(false);
        return record is not null && !IsBelieved(key, record, expectedLength) ? (RemoteResult.NotThere, null) : (result, record);
    }

    private bool IsBelieved(SourceKey key, RemoteKey record, long? expectedLength)
    {
        var age = remote.Time.GetUtcNow() - record.FetchedAt;
        return (expectedLength is null || expectedLength == record.Length)
            && (key.ExpectedSha256 is null || key.ExpectedSha256 == record.ContentHash)
            && (key.IsByContent || (age <= Layer.Settings.Current.MaxSourceAge && age >= -ClockTolerance));
    }

    /// <summary>The later of what the others and this host know.</summary>
    private async ValueTask<RemoteKey?> NewerAsync(SourceKey key, long? expectedLength, RemoteKey? theirs, CancellationToken cancellationToken)
    {
        var ours = await Layer.Boundary.AttemptAsync("find", null, _ => catalog.Find(key, out var _), cancellationToken).ConfigureAwait(false);
        if (ours is null || (theirs is not null && theirs.FetchedAt > ours.FetchedAt) || (expectedLength is { } expected && expected != ours.Length))
        {
            return theirs;
        }

        return new RemoteKey { Key = ours.Key, ContentHash = ours.ContentHash, Length = ours.Length, FetchedAt = ours.FetchedAt };
    }

    /// <summary>Whether an encode of it failed here. Nothing is learned of it then: that would hide that it failed, and it would be fetched again for each retry.</summary>
    private ValueTask<bool> IsDroppedAsync(RemoteKey record, CancellationToken cancellationToken) =>
        Layer.Boundary.AttemptAsync("read facts", false, _ => catalog.IsDropped(record.ContentHash), cancellationToken);

    private async ValueTask<bool> IsHereAsync(SourceKey key, RemoteKey record, CancellationToken cancellationToken) =>
        await Layer.Boundary.AttemptAsync("find", false, _ => Layer.Entries.Exists(ContentName.Of(record.ContentHash)), cancellationToken).ConfigureAwait(false)
        && await NoteAsync(key, record, cancellationToken).ConfigureAwait(false);

    private async ValueTask<bool> NoteAsync(SourceKey key, RemoteKey record, CancellationToken cancellationToken)
    {
        var isNoted = await Layer.Boundary.AttemptAsync(
            "note key", false, _ => catalog.Note(key, record.ContentHash, record.Length, record.FetchedAt), cancellationToken).ConfigureAwait(false);
        if (isNoted)
        {
            _learned.Note(key.Name);
            await NoteFactsAsync(record, cancellationToken).ConfigureAwait(false);
        }

        return isNoted;
    }

    // Not that it is proven: where an encode of it fails here, the next attempt downloads it anew, as it would have without the others.
    private async ValueTask NoteFactsAsync(RemoteKey record, CancellationToken cancellationToken)
    {
        if (record is { IsProbed: true, Facts: { } facts })
        {
            await Layer.Boundary.AttemptAsync(
                "write facts",
                null,
                _ => catalog.Learn(
                    record.ContentHash, record.Length, known => known.IsProbed ? known : known with { Facts = facts, IsProbed = true }),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static string[]? PlaceOf(ManifestContent content, RemoteKey record, DownloadRequest request) =>
        SourceEntry.IsOf(content, record.ContentHash) && content.Files[0].Length == record.Length && content.Key.GetValueOrDefault("content") == record.ContentHash
            ? [Path.GetFullPath(request.DestinationPath)]
            : null;
}
