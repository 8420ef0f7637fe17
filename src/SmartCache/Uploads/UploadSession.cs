using SmartCache.Abstractions;
using System.Collections.Concurrent;
using SmartCache.Diagnostics;

namespace SmartCache.Uploads;

/// <summary>One attempt to upload one tree. Made by <see cref="UploadStateStore"/>; whatever happens to the disk, it goes on in memory.</summary>
internal sealed class UploadSession : IUploadSession
{
    private static readonly TimeSpan ViewInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TargetName, UploadCheckpoint> _checkpoints = new();
    private readonly ConcurrentDictionary<TargetName, TargetRecords> _read = new();
    private readonly ConcurrentBag<TargetJournal> _journals = [];
    private readonly SessionServices _services;
    private readonly UploadRequest _request;
    private readonly SessionTally _tally;
    private UploadCheckpoint? _active;
    private long _lastView;
    private int _completed;
    private int _failed;
    private int _disposed;

    public UploadSession(SessionServices services, UploadRequest request, HashedTree tree, SessionPolicy policy)
    {
        (_services, _request, Tree, Policy) = (services, request, tree, policy);
        Subject = new Subject(request.JobId, Key: tree.Hash);
        _tally = new SessionTally(services.Time);
        _lastView = services.Time.GetTimestamp();
        if (services.Shared is { } shared)
        {
            shared.Known = () => [.. _checkpoints.Values];
        }
    }

    /// <summary>What it is for: whoever calls the session may do so from a flow that knows no job.</summary>
    public Subject Subject { get; }

    public HashedTree Tree { get; }

    public SessionPolicy Policy { get; }

    public UploadTarget? PreferredTarget { get; private set; }

    /// <summary>The recorded result of the identical tree, where it can be relied on: nothing has to be sent.</summary>
    public UploadResult? Recorded { get; private set; }

    /// <summary>What making <see cref="Recorded"/> took; else what failed attempts of this job spent on files that are there now.</summary>
    public double SecondsSpentBefore { get; private set; }

    /// <summary>Why the tree is not skipped as a whole; of one that is, that it is there.</summary>
    public Reason Why { get; private set; }

    /// <summary>Why the journals could not be read, where they could not.</summary>
    public Reason? WhyUnread { get; set; }

    /// <summary>Whether the job has begun an upload before.</summary>
    public bool IsRetry { get; set; }

    /// <summary>Is told once that nothing more is sent.</summary>
    public Action? Ended { get; set; }

    /// <summary>What an observing layer would have skipped.</summary>
    public (int Files, long Bytes) Skippable { get; private set; }

    public IReadOnlyList<UploadFile> Files => Tree.Files;

    public IReadOnlyList<string> PassedBy => Tree.PassedBy;

    public IUploadCheckpoint For(UploadTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return _active = CheckpointOf(target);
    }

    /// <summary>A target's journal was read already, whether or not it says how the target is called.</summary>
    public void Adopt(TargetName name, TargetRecords records) => _read.TryAdd(name, records);

    /// <summary>The checkpoint of a target. One whose journal nobody has read yet is read now: the first question waits as long as the boundary allows.</summary>
    public UploadCheckpoint CheckpointOf(UploadTarget target)
    {
        var name = TargetName.Of(target);
        return _checkpoints.TryGetValue(name, out var known) ? known : Adopted(target, name) ?? NewCheckpoint(target, name, _services.Journals.ReadNow(name, Tree.Wanted, Policy.Reads));
    }

    public async ValueTask<UploadCheckpoint> CheckpointOfAsync(UploadTarget target, CancellationToken cancellationToken)
    {
        Subject.Current = Subject;
        var name = TargetName.Of(target);
        return Adopted(target, name) ?? NewCheckpoint(target, name, await _services.Journals.ReadAsync(name, Tree.Wanted, Policy.Reads, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Looks once more at what others wrote, right before something is decided by it. Where that fails nothing counts that was known: it may have been taken back.
    /// </summary>
    public async ValueTask LookAgainAsync(UploadCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var (journal, content) = checkpoint.Records;
        if (!await _services.Access.Boundary.AttemptAsync(
            "look at the journal again", false, pulse => { journal.Follow(pulse, content); return true; }, cancellationToken).ConfigureAwait(false))
        {
            content.Doubt(content.Now());
        }
    }

    /// <summary>Says where the tree's content is, once that was found out.</summary>
    public void Settle(UploadCheckpoint? preferred, double secondsSpent)
    {
        SecondsSpentBefore = secondsSpent;
        Why = WhyNotSkipped(preferred);
        _active ??= preferred;
        if (preferred is not null)
        {
            var held = preferred.Held(reliedOn: true);
            Skippable = (held.Count, held.Sum(static file => file.Length));
        }

        if (!Policy.Offers || preferred is null)
        {
            PreferredTarget = _request.Target;
            return;
        }

        PreferredTarget = preferred.Target;
        if (Policy.Reads && preferred.FindTree() is { } record && preferred.IsFresh(record))
        {
            SecondsSpentBefore = record.Seconds;
            Why = new(CacheReason.None, "the target has the identical tree");
            Recorded = new UploadResult(record.Cid)
            {
                ProfileCids = record.ProfileCids,
                Target = preferred.Target,
                FilesSkipped = Files.Count,
                BytesSkipped = Tree.Length,
                Verified = record.Verified,
                Outcome = CacheOutcome.Hit,
            };
        }
    }

    private Reason WhyNotSkipped(UploadCheckpoint? preferred) =>
        !Policy.Reads ? CacheReason.RefreshAsked
        : !Policy.Offers ? new(CacheReason.Observing, "observing: what it would have skipped is told beside this")
        : Tree.Key is null ? CacheReason.TreeNotWhole
        : WhyUnread is { } unread ? unread
        : preferred is not null ? preferred.WhyNotWhole
        : _checkpoints.Values.Select(static one => one.WhyNotWhole).FirstOrDefault(static why => why.Code is not (CacheReason.NotCached or CacheReason.None), UploadCheckpoint.Nothing);

    /// <summary>The stage shows life: the readable state is brought up to date now and then, without anybody waiting for it.</summary>
    public void Alive()
    {
        var last = Interlocked.Read(ref _lastView);
        if (Policy.Records
            && _completed == 0
            && _services.Time.GetElapsedTime(last) >= ViewInterval
            && Interlocked.CompareExchange(ref _lastView, _services.Time.GetTimestamp(), last) == last)
        {
            _ = _services.Saves.Run(async stopping =>
            {
                try
                {
                    return await _services.Jobs.AttemptProgressedAsync(_request.JobId, Profiles(), stopping).ConfigureAwait(false) is not null;
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
            });
        }
    }

    public async ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (Interlocked.Exchange(ref _completed, 1) != 0 || !Policy.Records)
        {
            return;
        }

        // Once begun it is carried through; the token ends only the wait.
        await KeepResultAsync(result).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (_completed != 0 || Interlocked.Exchange(ref _failed, 1) != 0 || !Policy.Records)
        {
            return;
        }

        await EndAttemptAsync(FailureNames.Of(exception)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public UploadResult Complete(UploadResult result) => _tally.Complete(result, Tree);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Subject.Current = Subject;
        Ended?.Invoke();

        // Neither completed nor failed: cancelled. No error, but how far it came is kept.
        if (Policy.Records && _completed == 0 && _failed == 0)
        {
            await EndAttemptAsync(null).ConfigureAwait(false);
        }

        foreach (var checkpoint in _checkpoints.Values)
        {
            checkpoint.Records.Appender?.FlushLater();
        }

        await _services.Access.Boundary.ReleaseAsync([.. _journals]).ConfigureAwait(false);
    }

    private async Task KeepResultAsync(UploadResult result)
    {
        Subject.Current = Subject;

        // An uploader that knows one target only has no reason to name it where the request did.
        var target = result.Target ?? _request.Target;
        if (target is not null && JournalRecord.IsRecordable(result.RootCid) && Tree.Key is { } key && await Task.Run(() => Tree.Files.All(Tree.IsUnchanged)).ConfigureAwait(false))
        {
            var checkpoint = await CheckpointOfAsync(target, CancellationToken.None).ConfigureAwait(false);
            await LookAgainAsync(checkpoint, CancellationToken.None).ConfigureAwait(false);
            _active = checkpoint;
            var cids = new Dictionary<string, string>(checkpoint.ProfileCids, StringComparer.Ordinal);
            foreach (var (name, cid) in result.ProfileCids)
            {
                cids[name] = cid;
            }

            var tree = new JournalRecord(JournalKind.Tree, key, checkpoint.Now)
            {
                Cid = result.RootCid,
                ProfileCids = cids,
                Verified = result.Verified,
                Seconds = Recorded is null ? SecondsSpentBefore + _tally.Elapsed.TotalSeconds : SecondsSpentBefore,
            };
            // Somebody may have found a file missing that this upload relied on. Then the tree is perhaps not whole, and the next upload finds out.
            // And a tree that was skipped says nothing new: where somebody found its root missing meanwhile, that stays.
            var isSkipped = ReferenceEquals(result, Recorded);
            if (!isSkipped && (Recorded is null || checkpoint.FindTree() is null) && !checkpoint.IsMissed())
            {
                await checkpoint.KeepAsync([tree], CancellationToken.None).ConfigureAwait(false);
            }
        }

        _services.Shared?.Send();
        await _services.Jobs.CompletedAsync(_request.JobId, result.RootCid, Profiles(result), CancellationToken.None).ConfigureAwait(false);
    }

    private async Task EndAttemptAsync(string? error)
    {
        Subject.Current = Subject;
        _services.Shared?.Send();
        await _services.Jobs.AttemptFailedAsync(
            _request.JobId, error, Profiles(), _tally.ElapsedUntilLastConfirmation.TotalSeconds, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The readable state per profile, as the target in use has it.</summary>
    public IReadOnlyDictionary<string, ProfileUploadState> Profiles(UploadResult? result = null)
    {
        var states = new Dictionary<string, ProfileUploadState>(StringComparer.Ordinal);
        foreach (var profile in Tree.Profiles)
        {
            var uploaded = result is not null ? profile.Files.Count : _active is { } active ? profile.Files.Count(active.Relies) : 0;
            states[profile.Name] = new ProfileUploadState
            {
                ContentHash = profile.Hash,
                TotalFiles = profile.Files.Count,
                UploadedFiles = uploaded,
                Completed = result is not null || (profile.Files.Count > 0 && uploaded == profile.Files.Count),
                Cid = result?.ProfileCids.GetValueOrDefault(profile.Name)
                    ?? _active?.ProfileCids.GetValueOrDefault(profile.Name)
                    ?? _active?.Find(profile)?.Cid,
            };
        }

        return states;
    }

    // One that only writes wants to know where the journal ends, so that what it confirms counts after all that is there; one that does neither reads nothing.
    private UploadCheckpoint? Adopted(UploadTarget target, TargetName name) =>
        _read.TryGetValue(name, out var records) ? NewCheckpoint(target, name, records)
        : Policy.Reads || Policy.Records ? null
        : NewCheckpoint(target, name, _services.Journals.Unread(name, Tree.Wanted, reads: true));

    private UploadCheckpoint NewCheckpoint(UploadTarget target, TargetName name, TargetRecords records)
    {
        records = _read.GetOrAdd(name, records);
        return _checkpoints.GetOrAdd(name, _ => NewCheckpoint(target, records));
    }

    private UploadCheckpoint NewCheckpoint(UploadTarget target, TargetRecords records)
    {
        if (Policy.Records)
        {
            var (journal, content) = records;
            _journals.Add(journal);
            if (Volatile.Read(ref _disposed) != 0)
            {
                // Named after the end, by a result that was still being kept or by a stray upload. What it records is written, and its file closed each time.
                journal.Dispose();
            }

            var header = JournalRecord.HeaderOf(target, _services.Trust.Now);
            records = records with { Appender = new JournalAppender(journal, content, header, _services.Journals, _services.Saves) { Subject = Subject } };
        }

        if (_services.Shared is not { } shared)
        {
            return new UploadCheckpoint(target, Tree, records, _tally, Policy, _services.Trust, Alive);
        }

        if (Policy.Reads)
        {
            shared.TellTo(records.Content, TargetName.Of(target));
        }

        return new UploadCheckpoint(target, Tree, records, _tally, Policy, _services.Trust, () =>
        {
            Alive();
            if (Policy.Records)
            {
                shared.HasNews();
            }
        });
    }
}
