using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>
/// Several profiles of one source in one run of the worker's encoder. Keys, recipes and entries stay per profile: each is looked up, produced by one worker at a
/// time, judged and stored by itself, as soon as it is whole.
/// <para>
/// The keys are entered in ordinal order. Only the first is waited for, while none is held; a key that another worker produces meanwhile is left to it. So two workers
/// with the same profiles do not share them out between them and decode twice, and two that hold a key never wait for each other. Keys are held for one run at a
/// time, and only of what the encoder makes in that run.
/// </para>
/// <para>
/// What is left out, by whomever, is the caller's to encode by itself, as it would be without a ladder: that call waits, finds, fails and puts the source under
/// suspicion. A run that fails therefore says nothing of the source.
/// </para>
/// </summary>
internal sealed class Ladder
{
    private readonly CacheManager _cache;
    private readonly ILadderEncoder _inner;
    private readonly LadderResults _results;
    private readonly CancellationToken _cancellation;
    private readonly LadderProgress _progress;
    private IReadOnlyList<Candidate> _candidates = [];
    private HeldKey _held;

    // Made anew with each change: progress may come late, and from any thread.
    private IReadOnlyList<LadderRung> _taken = [];

    public Ladder(CacheManager cache, ILadderEncoder inner, LadderResults results, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        (_cache, _inner, _results, _cancellation) = (cache, inner, results, cancellationToken);

        // Also while a profile that was found is being copied: the keys that are held by then must not look abandoned.
        _progress = new LadderProgress(() => Volatile.Read(ref _taken), progress);
    }

    private ProfileStore Store => _cache.ProfileStore;

    /// <summary>Gives what is cached, and makes what is missing where that is more than one.</summary>
    public async Task RunAsync()
    {
        if (Store.Layer.Mode == LayerMode.Off)
        {
            await PassAsync(null).ConfigureAwait(false);
            return;
        }

        var identified = await IdentifyAsync().ConfigureAwait(false);
        if (identified.TrueForAll(static one => one.Key is null))
        {
            await PassAsync(identified).ConfigureAwait(false);
            return;
        }

        var candidates = new List<Candidate>();
        for (var i = 0; i < identified.Count; i++)
        {
            // One source. The second of two equal requests finds its key held, and is given afterwards what the first has made.
            if (identified[i].Key is { Recipe.WhyNotCacheable: null } key
                && !Store.Layer.SingleFlight.IsUnderway(key.Name)
                && candidates.TrueForAll(other => other.Key.Source.ContentHash == key.Source.ContentHash))
            {
                candidates.Add(new Candidate(i, key, identified[i].Request));
            }
        }

        foreach (var group in await GroupAsync(candidates).ConfigureAwait(false))
        {
            _candidates = [.. group.OrderBy(static one => one.Key.Name, StringComparer.Ordinal)];
            _held = HeldKey.Wait;
            await TakeAsync(0).ConfigureAwait(false);
            Volatile.Write(ref _taken, []);
        }
    }

    /// <summary>What goes into one run, as the worker's encoder says. Where it throws that, it makes nothing together.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<Candidate>>> GroupAsync(List<Candidate> candidates)
    {
        if (candidates.Count < 2)
        {
            return [];
        }

        try
        {
            var groups = await _inner.GroupAsync([.. candidates.Select(static one => one.Request)], _cancellation).ConfigureAwait(false);
            return [.. groups.Where(static group => group.Count > 1).Select(group => candidates.Where(one => group.Any(request => ReferenceEquals(request, one.Request))).ToArray())];
        }
        catch (Exception exception) when (!_cancellation.IsCancellationRequested)
        {
            ProfileLog.LadderFailed(Store.Layer.Logger, candidates.Count, 0, FailureNames.Of(exception));
            return [];
        }
    }

    private async Task<List<IdentifiedEncode>> IdentifyAsync()
    {
        var identified = new List<IdentifiedEncode>();
        foreach (var request in _results.Requests)
        {
            Subject.Current = Subject.Of(request);
            identified.Add(await IdentifiedEncode.OfAsync(request, _inner, _cache, _progress, _cancellation).ConfigureAwait(false));
        }

        return identified;
    }

    private async Task TakeAsync(int next)
    {
        for (; next < _candidates.Count; next++)
        {
            if (await TakeOneAsync(next).ConfigureAwait(false))
            {
                // Those behind it were dealt with while it was held.
                return;
            }
        }

        if (_taken.Count > 1)
        {
            await EncodeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives one profile where it is cached, and otherwise takes its key and goes on with the next.</summary>
    /// <returns>Whether its key was taken.</returns>
    private async Task<bool> TakeOneAsync(int next)
    {
        var (index, key, request) = _candidates[next];
        Subject.Current = Subject.Of(request, key.Name);
        using var encode = new KeyedEncode(_cache, key, request);
        var isTaken = false;
        try
        {
            var found = await Store.Layer.SingleFlight.TryRunAsync(
                encode.FlightKey,
                _held,
                production => encode.TryGetAsync(production.OutcomeOfFinding, _progress, _cancellation),
                async production =>
                {
                    // Whoever holds a key must not wait for another host, which may wait for this one.
                    if (await encode.TryFetchAsync(production, mayWait: _taken.Count == 0, _progress, _cancellation).ConfigureAwait(false) is { } fetched)
                    {
                        return fetched;
                    }

                    if (encode.IsMadeElsewhere)
                    {
                        return null;
                    }

                    isTaken = true;
                    if (_taken.Count == 0)
                    {
                        // A holder that showed no sign of life may hold the others too.
                        _held = production.Waited && !production.IsLocked ? HeldKey.Produce : HeldKey.Leave;
                    }

                    var unavailable = Store.Layer.Boundary.Unavailable;
                    if (unavailable is null)
                    {
                        await encode.PrepareAsync(production, _progress, _cancellation).ConfigureAwait(false);
                    }

                    try
                    {
                        var rung = new LadderRung(index, encode, production, unavailable);
                        Volatile.Write(ref _taken, [.. _taken, rung]);
                        await TakeAsync(next + 1).ConfigureAwait(false);
                        return rung.Result;
                    }
                    finally
                    {
                        // Of a run that failed the parts stay: whoever encodes this profile by itself goes on from them.
                        await encode.EndAsync().ConfigureAwait(false);
                    }
                },
                _progress,
                _cancellation).ConfigureAwait(false);
            if (found is not null && !isTaken)
            {
                _results.Add(index, found);
            }

            return isTaken;
        }
        catch (Exception exception) when (encode.Report.Threw(exception, _cancellation))
        {
            throw;
        }
    }

    private async Task EncodeAsync()
    {
        Subject.Current = new Subject(_taken[0].Request.JobId);
        var rungs = _taken;
        foreach (var rung in rungs)
        {
            rung.Begin(rungs.Count);
        }

        try
        {
            await RunInnerAsync([.. rungs.Select(static rung => rung.Request)], FinishAsync).ConfigureAwait(false);
        }
        finally
        {
            foreach (var rung in rungs)
            {
                if (_cancellation.IsCancellationRequested)
                {
                    rung.Cancelled();
                }

                rung.End();
            }
        }
    }

    private async Task FinishAsync(EncodeRequest request, EncodedProfile encoded)
    {
        if (_taken.FirstOrDefault(rung => rung.Result is null && rung.Request == request) is { } rung)
        {
            _progress.ShowLife(new StageProgress("storing"));
            await rung.FinishAsync(encoded, _taken.Count, _cancellation).ConfigureAwait(false);
            _progress.ShowLife(new StageProgress("storing"));
            _results.Add(rung.Index, rung.Result!);
        }
    }

    /// <summary>Past the layer: where it is off, has no key for any of them, or was asked to let them pass. A cache that is of no use must not cost further decodes.</summary>
    /// <param name="keyless">Why there are no keys; <see langword="null"/> where nothing is said, because the layer is off.</param>
    private async Task PassAsync(IReadOnlyList<IdentifiedEncode>? keyless)
    {
        List<StageReport> reports = [.. (keyless ?? []).Select(one => new StageReport(Store.Layer, Subject.Of(one.Request)) { Reason = one.Why })];
        try
        {
            foreach (var one in keyless ?? [])
            {
                Store.Unshare(one.Request, one.Request.Source.Media);
            }

            var inside = reports.ConvertAll(static report => report.Inside());
            await RunInnerAsync(_results.Requests, (request, encoded) =>
            {
                if (_results.FindMissing(request) is { } index)
                {
                    inside.ElementAtOrDefault(index)?.Dispose();
                    reports.ElementAtOrDefault(index)?.Finish(CacheOutcome.Bypass);
                    _results.Add(index, encoded);
                }

                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
        finally
        {
            reports.ForEach(static report => report.Dispose());
        }
    }

    private async Task RunInnerAsync(IReadOnlyList<EncodeRequest> requests, Func<EncodeRequest, EncodedProfile, Task> finish)
    {
        var told = new List<EncodeRequest>();
        try
        {
            var made = await _inner.EncodeTogetherAsync(requests, TellAsync, _progress, _cancellation).ConfigureAwait(false);

            // One that gives all at its end and told nobody before. Two requests may have one name: the directory says whose files they are.
            foreach (var one in made)
            {
                if (requests.FirstOrDefault(request => !told.Contains(request) && IsOf(request, one)) is { } untold)
                {
                    await TellAsync(untold, one).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (!_cancellation.IsCancellationRequested && !IsStopped(exception))
        {
            ProfileLog.LadderFailed(Store.Layer.Logger, requests.Count, told.Count, FailureNames.Of(exception));
            if (_taken is [var first, ..])
            {
                first.Failed(exception);
            }
        }

        Task TellAsync(EncodeRequest request, EncodedProfile encoded)
        {
            told.Add(request);
            return finish(request, encoded);
        }
    }

    // Whoever ended the run wants no other one in its place. A full disk is worth another try once there is room.
    private static bool IsStopped(Exception exception) => exception is StageException { IsTransient: true } && !DiskError.IsFull(exception);

    private static bool IsOf(EncodeRequest request, EncodedProfile one)
    {
        var relative = Path.GetRelativePath(Path.GetFullPath(request.OutputDirectory), Path.GetFullPath(one.Directory));
        return one.Name == request.Profile.Name && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !Path.IsPathRooted(relative);
    }

    private sealed record Candidate(int Index, ProfileKey Key, EncodeRequest Request);
}
