using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Remote;
using SmartCache.Sources;

namespace SmartCache;

/// <summary>
/// An encode whose key is known, on its way past the profile layer: looked up, explained where it is missing, and judged and stored once it is made.
/// It is the same way for an encode by itself and for one of a <see cref="Ladder"/>; only who calls the worker's encoder differs.
/// </summary>
internal sealed class KeyedEncode : IDisposable
{
    private readonly CacheManager _cache;
    private readonly DirectoryBefore _before;
    private readonly EncodeRequest _request;
    private EncodeAttempt? _attempt;
    private WorkTurn _turn = WorkTurn.Alone;

    public KeyedEncode(CacheManager cache, ProfileKey key, EncodeRequest request)
    {
        (_cache, Key, _request) = (cache, key, request);
        Stores = Store.Layer.Mode == LayerMode.On && request.Use != CacheUse.NoStore;
        _before = DirectoryBefore.Enter(Store.Layer.Files, request.OutputDirectory);
        Report = new StageReport(Store.Layer, Subject.Of(request, key.Name), Failed);
    }

    public ProfileKey Key { get; }

    /// <summary>With recipe and media; once it is about to be made, with a place for finished parts where it may have one.</summary>
    public EncodeRequest Request => _attempt?.Request ?? _request;

    public StageReport Report { get; }

    /// <summary>Whether the layer and the request let the result be stored.</summary>
    public bool Stores { get; }

    /// <summary>What is waited for while another one makes it. What will not be stored for want of a duration is not: the wait would end with an encode all the same.</summary>
    public string? FlightKey => Stores && ProfileAcceptance.Expected(Key) is not null ? Key.Name : null;

    private ProfileStore Store => _cache.ProfileStore;

    /// <summary>Tells the cache what the worker's own stage failed with.</summary>
    public void Failed(Exception exception) => _cache.FullDisk.Look(exception, Request.OutputDirectory);

    /// <summary>Gives the profile where it is cached.</summary>
    public async ValueTask<EncodedProfile?> TryGetAsync(CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (Request.Use == CacheUse.Refresh)
        {
            Report.Reason = CacheReason.RefreshAsked;
            return null;
        }

        var given = await Store.MaterializeAsync(Key, ProfilePlace.Of(Request), Report, outcome, progress, cancellationToken).ConfigureAwait(false);
        Report.Looked(given.Reason);
        if (given.Profile is not null)
        {
            Report.Finish(outcome);
        }

        return given.Profile;
    }

    /// <summary>Whether another host makes it, which was not waited for.</summary>
    public bool IsMadeElsewhere => _turn.IsElsewhere;

    /// <summary>Gives the profile where another host of the pool has it, and otherwise takes the right to make it over all of them. <see cref="EndAsync"/> gives that back.</summary>
    /// <param name="production">The right to make it on this host.</param>
    /// <param name="mayWait">Whether to wait for another host that makes it.</param>
    /// <param name="progress">Is told of what takes long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<EncodedProfile?> TryFetchAsync(Production production, bool mayWait, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (Store.Shared is not { } shared || !shared.MayHave(Request.Use) || !SharedProfiles.CanJudge(Key) || Report.Reason.Code == CacheReason.NotAccepted)
        {
            return null;
        }

        var told = production.Observe(progress);
        var fetched = await FetchAsync(shared, production.OutcomeOfFinding, told, cancellationToken).ConfigureAwait(false);
        if (fetched.IsMissing && FlightKey is not null)
        {
            // Of a store that rests nothing more is asked.
            _turn = await shared.EnterAsync(Key, mayWait, production, told, cancellationToken).ConfigureAwait(false);

            // What was proven wrong just now is not fetched once more, unless somebody had the time to replace it.
            fetched = _turn.Waited || (_turn.MayBeThere && fetched.Result == RemoteResult.NotThere) ? await FetchAsync(shared, CacheOutcome.Joined, told, cancellationToken).ConfigureAwait(false) : fetched;
        }

        return fetched.IsThere ? await TakeAsync(fetched, production).ConfigureAwait(false) : null;
    }

    /// <summary>Wraps the progress of the encode: each report is a sign of life, on this host and on the others.</summary>
    public IProgress<StageProgress> Observe(Production production, IProgress<StageProgress>? progress) => production.Observe(_turn.Observe(progress));

    /// <summary>Before it is made: why it is missing, what lies in its directory, and what earlier attempts have left of it. <see cref="EndAsync"/> ends what this begins.</summary>
    public async ValueTask PrepareAsync(Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        await ExplainMissAsync(cancellationToken).ConfigureAwait(false);
        await Store.LookAsync(_before, cancellationToken).ConfigureAwait(false);
        _attempt = await EncodeAttempt.BeginAsync(Store, Key, _request, production, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="EncodeAttempt.RunAsync"/>
    public Task<EncodedProfile> RunAsync(Func<Task<EncodedProfile>> encode, CancellationToken cancellationToken) => _attempt?.RunAsync(encode, cancellationToken) ?? encode();

    /// <summary>The worker's encoder is done with it, whatever came of it. Parts that are not deleted by now stay.</summary>
    public ValueTask EndAsync()
    {
        GiveTurnBack();
        return _attempt?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Right before the worker's encoder runs.</summary>
    /// <param name="production">The right to make it.</param>
    /// <param name="together">How many profiles the run makes.</param>
    public void Begin(Production production, int together = 1)
    {
        _attempt?.ShareWith(together);
        Store.Unshare(Request, Key.Source);
        production.Watch(Request.OutputDirectory);
    }

    /// <summary>Whatever becomes of the result: a retry that does the work again must not look like a first attempt.</summary>
    public void NoteMade(CacheOutcome outcome)
    {
        if (Request.Use != CacheUse.NoStore)
        {
            Store.NoteUse(Request.JobId, Key, StageUse.Made(outcome, Report.Reason.Code));
        }
    }

    /// <summary>Lets the next one look, unless a save has the key, which gives it back at its end.</summary>
    public ValueTask ReleaseAsync(Production production) => production.IsSaving ? default : Store.Layer.ReleaseAsync(production);

    /// <summary>Judges what the worker's encoder made, and stores it where it is fit for that.</summary>
    /// <param name="encoded">The result; the job gets it whatever the cache thinks of it.</param>
    /// <param name="production">Is handed to the save, if there is one.</param>
    /// <param name="cost">Wall time that this attempt took.</param>
    /// <param name="cancellationToken">Whether the encode was cancelled.</param>
    public async Task<EncodedProfile> FinishAsync(EncodedProfile encoded, Production production, TimeSpan cost, CancellationToken cancellationToken)
    {
        var contents = await JudgeAsync(encoded, cancellationToken).ConfigureAwait(false);
        if (_attempt is { } attempt)
        {
            await attempt.ReturnedAsync(Report, cancellationToken).ConfigureAwait(false);
        }

        if (contents is not null && Stores)
        {
            var intake = new ProfileIntake(Store, Key, encoded, contents)
            {
                Cost = cost + Report.Resumed,
                JobId = Request.JobId,
                OutputDirectory = Request.OutputDirectory,
                Counting = () => CountTwinsAsync(cost + Report.Resumed),
                ReplacesStored = Request.Use == CacheUse.Refresh || Report.Reason.Code == CacheReason.NotAccepted,
                Turn = _turn,
            };
            _turn = WorkTurn.Alone;
            await intake.StoreInBackgroundAsync(production).ConfigureAwait(false);
            Report.Bytes = intake.Length;
            encoded = intake.Profile with { PendingHash = intake.Hash };
        }

        Report.Finish(CacheOutcome.Miss);
        return encoded with { Outcome = CacheOutcome.Miss };
    }

    public void Dispose()
    {
        GiveTurnBack();
        Report.Dispose();
        _before.Dispose();
    }

    /// <summary>A source that holds the same streams has this profile already: serving that one would have spared the work. It is counted, and not served.</summary>
    private async ValueTask CountTwinsAsync(TimeSpan cost)
    {
        var twins = await _cache.Suspicion.TwinsAsync(Key.Source, CancellationToken.None).ConfigureAwait(false);
        if (twins.Count > 0
            && await Store.Layer.Boundary.AttemptAsync(
                "look for twins", false, _ => twins.Any(twin => Store.Layer.Entries.Exists(ProfileKey.From(Key.Source with { ContentHash = twin }, Key.Recipe).Name)), CancellationToken.None).ConfigureAwait(false))
        {
            Store.Layer.Meter.SameStreamsMade(cost);
        }
    }

    private async ValueTask<SharedProfile> FetchAsync(SharedProfiles shared, CacheOutcome outcome, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var fetched = await shared.FetchAsync(Store, Key, ProfilePlace.Of(Request), outcome, progress, cancellationToken).ConfigureAwait(false);
        if (fetched.IsThere)
        {
            Report.Given(MaterializedBy.Remote, fetched.Cost, fetched.Bytes);
            Report.Reason = new Reason(CacheReason.None, fetched.Text);
        }
        else
        {
            Report.Reason = fetched.Result == RemoteResult.Refused ? CacheReason.NotAccepted : Report.Reason.Saying(fetched.Result);
        }

        return fetched;
    }

    private async ValueTask<EncodedProfile> TakeAsync(SharedProfile fetched, Production production)
    {
        GiveTurnBack();
        var encoded = fetched.Profile!;
        var use = new StageUse(encoded.Outcome, fetched.Cost, Report.Bytes, CacheReason.None);
        if (Stores)
        {
            var intake = new ProfileIntake(Store, Key, encoded, fetched.Contents!) { Cost = fetched.Cost, JobId = Request.JobId, OutputDirectory = Request.OutputDirectory, IsFetched = true };
            await intake.StoreInBackgroundAsync(production).ConfigureAwait(false);
            encoded = encoded with { PendingHash = intake.Hash };
        }

        if (Request.Use != CacheUse.NoStore)
        {
            Store.NoteUse(Request.JobId, Key, use);
        }

        Report.Finish(encoded.Outcome);
        return encoded;
    }

    // Nobody waits for the store.
    private void GiveTurnBack()
    {
        if (_turn is { IsHeld: true } held)
        {
            _turn = WorkTurn.Alone;
            held.GiveBack();
        }
    }

    private async ValueTask ExplainMissAsync(CancellationToken cancellationToken)
    {
        var made = await _cache.Suspicion.RecipesAsync(Key.Source, cancellationToken).ConfigureAwait(false);
        if (Store.Layer.Mode == LayerMode.Observe)
        {
            Report.Reason = made.Contains(Key.Name) ? CacheReason.WouldHaveHit : CacheReason.Observing;
        }
        else if (Report.Reason.Code is CacheReason.NotCached)
        {
            var why = ProfileAcceptance.Expected(Key) is null ? CacheReason.DurationUnknown : made.Contains(Key.Name) ? CacheReason.NoLongerCached : Report.Reason;
            var closest = made.Count > 0 ? await Store.ClosestAsync(Key, made, cancellationToken).ConfigureAwait(false) : "";
            Report.Reason = closest.Length > 0 ? why with { Text = $"{why.Text}; {closest}" } : why;
        }
    }

    /// <summary>What belongs to the encode, where it is fit to be stored. What it says of the source is noted.</summary>
    private async ValueTask<PlaylistContents?> JudgeAsync(EncodedProfile encoded, CancellationToken cancellationToken)
    {
        // An encoder may return normally after it was cancelled, with a closed playlist of half the video.
        var verdict = cancellationToken.IsCancellationRequested
            ? new ProfileVerdict(null, IsShort: false, new(CacheReason.Cancelled, "the encode was cancelled"))
            : await Store.JudgeAsync(Key, encoded, _before, CancellationToken.None).ConfigureAwait(false);
        if (verdict.IsShort)
        {
            await _cache.Suspicion.SuspectAsync(Key.Source, new Suspicion("its encode came out short").Excused(EncodeAttempt.IsResumed(Request)), cancellationToken).ConfigureAwait(false);
        }

        if (verdict.Contents is null)
        {
            Store.Refuse(Key, encoded.Name, verdict.Why);
        }
        else if (Request.Use != CacheUse.NoStore)
        {
            await _cache.Suspicion.ProveAsync(Key.Source, Key.Name, CancellationToken.None).ConfigureAwait(false);
        }

        return verdict.Contents;
    }
}
