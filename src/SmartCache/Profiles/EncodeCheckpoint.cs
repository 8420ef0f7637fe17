using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// <see cref="IEncodeCheckpoint"/> of one encode, on the parts of its profile. Each call is an operation of the cache: a fault is no parts, or a part that is not kept. While the disk
/// hangs it is asked nothing more, because each further call would make the encoder wait again; nor once as much time was lost with parts that were not kept as a disk that hangs may cost.
/// </summary>
/// <param name="store">The profile layer's.</param>
/// <param name="key">What is encoded, under its production lock.</param>
/// <param name="profile">Its name, for the log.</param>
/// <param name="progress">Is told while many bytes are read: they are a sign of life too.</param>
internal sealed class EncodeCheckpoint(ProfileStore store, ProfileKey key, string profile, IProgress<StageProgress>? progress) : IEncodeCheckpoint
{
    private const int MaxLayout = 1024;

    /// <summary>Of all parts together: what is added to it must not overflow.</summary>
    private static readonly TimeSpan MostWork = TimeSpan.FromDays(365);

    private static readonly Reason _full = new(CacheReason.NoRoom, "the disk is full");

    private readonly List<string> _attempts = [];
    private readonly PartTransfer _transfer = new(store.Layer);
    private readonly Lock _gate = new();
    private AttemptParts? _opened;
    private AttemptParts? _current;
    private IReadOnlyList<KeptPart> _given = [];
    private Task? _counted;
    private Task? _patience;
    private long _lostTicks;
    private long _recorded;
    private long _since = store.Layer.Time.GetTimestamp();
    private bool _isOver;
    private bool _wasTakenBack;
    private int _told;
    private int _toldOfEnd;

    /// <summary>Work in the parts of earlier encodes that were given and not forgotten.</summary>
    public TimeSpan Reused => TimeSpan.FromSeconds(Math.Min(Volatile.Read(ref _given).Sum(static part => part.Seconds), MostWork.TotalSeconds));

    /// <summary>How many parts of earlier encodes were given and not forgotten.</summary>
    public int Given => Volatile.Read(ref _given).Count;

    /// <summary>Whether this encode got further: it has kept a part that begins where none that it was given did.</summary>
    public bool HasRecorded => Interlocked.Read(ref _recorded) > 0;

    /// <summary>How many profiles are made in the same run. Each has its part of the wall time, as in the cost of its entry.</summary>
    public int Together { get; set; } = 1;

    /// <summary>Notes that the encode begins. Where that cannot be, it keeps parts all the same.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var request = new PartsRequest("", profile);
        Leave(request.Attempt);
        if (!IsOut)
        {
            var why = default(Reason);
            _opened = await store.Layer.Boundary.AttemptAsync<AttemptParts?>(
                "begin parts", null, pulse => UnlessFull(() => store.Parts.Begin(key, request, pulse), ref why), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<EncodePart>> OpenAsync(string layout, CancellationToken cancellationToken = default)
    {
        var request = new PartsRequest(layout ?? "", profile) { MinWork = store.Layer.Settings.Current.CheckpointsMinWork, HasBegun = _opened is not null };
        Leave(request.Attempt);
        if (layout is null or { Length: > MaxLayout } || IsOut)
        {
            return [];
        }

        _counted ??= store.Layer.Saves.Run(store.Space.CountOnceAsync);
        var why = default(Reason);
        var opened = await store.Layer.Boundary.AttemptOrSayAsync<AttemptParts?>(
            "open parts", reason => Not<AttemptParts>(why = reason), pulse => UnlessFull(() => store.Parts.Open(key, request, pulse, out why), ref why), progress, cancellationToken).ConfigureAwait(false);
        if (opened is null)
        {
            Volatile.Write(ref _wasTakenBack, why == PartsStore.TakenBack);
            Ended(why);
            return [];
        }

        var isEntered = Enter(opened, out var before);
        await store.Layer.ReleaseAsync(isEntered ? before : opened).ConfigureAwait(false);
        if (!isEntered)
        {
            return [];
        }

        if (opened.Found.Count > 0)
        {
            ProfileLog.PartsFound(store.Layer.Logger, opened.Found.Count, LogText.Name(profile), opened.Found.Sum(static part => part.Seconds));
        }

        return [.. opened.Found.Select(part => part.In(opened.Directory))];
    }

    /// <inheritdoc />
    public async ValueTask<bool> RecordAsync(EncodePartFile part, CancellationToken cancellationToken = default)
    {
        if (part is null || Volatile.Read(ref _current) is not { } open || IsOut)
        {
            return false;
        }

        if (KeptPart.ProblemOf(part) is { } problem)
        {
            return Refused(new(CacheReason.Refused, problem));
        }

        var next = open.Next(part) with { Seconds = Took(part.Seconds) };
        await CountedAsync(cancellationToken).ConfigureAwait(false);
        var began = store.Layer.Time.GetTimestamp();
        if (await RecordAsync(open, next, part.Path, cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Add(ref _recorded, Volatile.Read(ref _given).Any(given => given.Start == next.Start) ? 0 : 1);
            return true;
        }

        Interlocked.Add(ref _lostTicks, store.Layer.Time.GetElapsedTime(began).Ticks);
        return false;
    }

    /// <inheritdoc />
    public async ValueTask ForgetAsync(TimeSpan from, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _current) is not { } open)
        {
            return;
        }

        from = from < TimeSpan.Zero ? TimeSpan.Zero : from;
        lock (_gate)
        {
            // Also where it cannot be noted: the encoder has not used them.
            Volatile.Write(ref _given, [.. _given.Where(part => part.Start < from)]);
        }

        var isNoted = false;
        try
        {
            if (!IsOut)
            {
                await store.Layer.Boundary.AttemptAsync("forget parts", false, pulse => Forget(open, from, pulse, out isNoted), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // What did not fit is still there, and nothing may be recorded beside it: the next attempt would be given both.
            if (!isNoted && Interlocked.CompareExchange(ref _current, null, open) == open)
            {
                Ended(new(CacheReason.Refused, "it could not be noted that some of them do not fit"));
            }
        }
    }

    /// <summary>Ends the encode. What comes afterwards is not kept.</summary>
    /// <param name="deletes">Whether the parts are of no use any more.</param>
    public async ValueTask EndAsync(bool deletes)
    {
        AttemptParts? last;
        string[] attempts;
        lock (_gate)
        {
            (_isOver, _current, last, _opened) = (true, null, _opened, null);
            attempts = [.. _attempts];
        }

        if (store.Layer.Boundary.Hangs)
        {
            // It would be one more wait. The parts stay until somebody goes on from them, or they are old; the journal is closed when the disk answers.
            _ = store.Layer.ReleaseAsync(last).AsTask();
            return;
        }

        await store.Layer.Boundary.AttemptAsync("end parts", false, pulse => End(last, attempts, deletes, pulse), CancellationToken.None).ConfigureAwait(false);
        await store.Layer.ReleaseAsync(last).ConfigureAwait(false);
    }

    // While the disk has not answered a call, the next one would only wait as long.
    private bool IsOut =>
        Volatile.Read(ref _isOver) || Volatile.Read(ref _wasTakenBack) || store.Layer.Boundary.Hangs || store.Space.Hangs || Interlocked.Read(ref _lostTicks) >= store.Layer.Settings.Current.OperationTimeout.Ticks;

    private async ValueTask<bool> RecordAsync(AttemptParts open, KeptPart next, string path, CancellationToken cancellationToken)
    {
        if (await store.Layer.Boundary.AttemptAsync<FileFacts?>("look at part", null, _ => store.Layer.Files.Stat(path), cancellationToken).ConfigureAwait(false)
            is not { Kind: FileKind.Regular, Length: > 0 } facts)
        {
            return Refused(store.Layer.Boundary.Unavailable ?? new(CacheReason.Refused, "its file is not there, empty, or none"));
        }

        var room = new SpaceRequest(store.Layer.Directory, Math.Max(facts.Length, facts.AllocatedBytes), _transfer.ToWrite(facts)) { Inodes = 1, IsForPart = true };
        if (await store.Space.ReserveAtOnceAsync(room, cancellationToken).ConfigureAwait(false) is not { } reserved)
        {
            return Refused(new(CacheReason.NoRoom, "no room without taking an entry away"));
        }

        // Given back as it was: from here on the file itself is counted, with all that lies there.
        await using var settling = reserved.ConfigureAwait(false);
        var why = default(Reason);
        var kept = await store.Layer.Boundary.AttemptOrSayAsync<KeptPart?>(
            "record part", reason => Not<KeptPart>(why = reason), pulse => Record(open, next, path, facts, pulse, out why), null, cancellationToken).ConfigureAwait(false);
        return kept is not null || Refused(why);
    }

    private bool End(AttemptParts? last, string[] attempts, bool deletes, OperationPulse pulse)
    {
        if (last is null)
        {
            // It could not even be noted that it began.
            return deletes && store.Parts.DeleteOwn(key, pulse);
        }

        // An encoder that asked for none leaves no others behind either. Parts of whoever has taken over meanwhile are not this one's to delete; what was taken back
        // under it, nobody else has deleted.
        var (areOwn, areNone) = last.Close(attempts, pulse);
        return (areNone || (areOwn && deletes)) && store.Parts.Delete(key.Name, pulse);
    }

    private bool Forget(AttemptParts open, TimeSpan from, OperationPulse pulse, out bool isNoted)
    {
        isNoted = false;
        var why = default(Reason);
        if (UnlessFull(() => open.Forget(from, pulse), ref why) is not { } forgotten)
        {
            return false;
        }

        isNoted = true;
        foreach (var name in forgotten)
        {
            // These, and not all that the journal does not name: another thread may just be recording one.
            pulse.Beat();
            store.Layer.Files.Delete(Path.Combine(open.Directory, name));
        }

        return true;
    }

    private KeptPart? Record(AttemptParts open, KeptPart next, string path, FileFacts facts, OperationPulse pulse, out Reason why)
    {
        var place = Path.Combine(open.Directory, next.FileName);
        why = new(CacheReason.Refused, "another worker has taken over, or the parts were taken back");
        try
        {
            var part = next with { Length = facts.Length, Sha256 = _transfer.Take(path, facts, place, pulse) };
            var isEntered = false;
            try
            {
                isEntered = open.TryEnter(part, pulse);
                return isEntered ? part : null;
            }
            finally
            {
                if (!isEntered)
                {
                    store.Layer.Files.Delete(place);
                }
            }
        }
        catch (WorkerChangedFileException)
        {
            why = CacheReason.ChangedByWorker;
            return null;
        }
        catch (IOException exception) when (DiskError.IsFull(exception))
        {
            why = _full;
            return null;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException && open.IsClosed)
        {
            // The encode returned without waiting for this, and its parts are gone.
            return null;
        }
        finally
        {
            if (open.IsClosed)
            {
                // The end of the encode may have met the file of this part, and left the directory for it.
                store.Parts.RemoveEmpty(key.Name);
            }
        }
    }

    /// <summary>The work in a part: what the encoder says, or what passed since the last one.</summary>
    private double Took(double seconds)
    {
        var now = store.Layer.Time.GetTimestamp();
        var passed = store.Layer.Time.GetElapsedTime(Interlocked.Exchange(ref _since, now), now).TotalSeconds;
        return (double.IsFinite(seconds) && seconds > 0 ? seconds : Math.Max(0, passed)) / Together;
    }

    private async ValueTask CountedAsync(CancellationToken cancellationToken)
    {
        if (_counted is { IsCompleted: false } counting)
        {
            Task patience;
            lock (_gate)
            {
                // One for the whole encode, however many parts are recorded at once or one after the other.
                patience = _patience ??= counting.WaitAsync(store.Layer.Settings.Current.OperationTimeout, store.Layer.Time, CancellationToken.None);
            }

            // Before the first count nothing can be reserved. It lists the whole cache, once after each start of the machine.
            await patience.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Before an attempt begins. What is recorded must never belong to a layout that could not be opened.</summary>
    private void Leave(string attempt)
    {
        lock (_gate)
        {
            Volatile.Write(ref _current, null);
            Volatile.Write(ref _given, []);
            _attempts.Add(attempt);
        }
    }

    /// <summary>From here on parts are recorded for this one.</summary>
    /// <param name="opened">What was opened.</param>
    /// <param name="before">What was open until now, to be closed: an encoder that opens for each part must not use up the process's files.</param>
    /// <returns>False where the encode is over.</returns>
    private bool Enter(AttemptParts opened, out AttemptParts? before)
    {
        lock (_gate)
        {
            before = null;
            if (_isOver)
            {
                return false;
            }

            _since = store.Layer.Time.GetTimestamp();
            (before, _opened) = (_opened, opened);
            Volatile.Write(ref _current, opened);

            // Not what this encode has recorded itself, and finds again when it opens once more: that work is in its own time.
            Volatile.Write(ref _given, [.. opened.Found.Where(part => !_attempts.Contains(part.Attempt))]);
            return true;
        }
    }

    /// <summary>A full disk is no place for parts, and no fault: as one it would have entries evicted.</summary>
    private static T? UnlessFull<T>(Func<T?> work, ref Reason why)
        where T : class
    {
        try
        {
            return work();
        }
        catch (IOException exception) when (DiskError.IsFull(exception))
        {
            why = _full;
            return null;
        }
    }

    private static T? Not<T>(Reason _)
        where T : class => null;

    private void Ended(Reason why)
    {
        if (Interlocked.Exchange(ref _toldOfEnd, 1) == 0)
        {
            ProfileLog.PartsNotOpen(store.Layer.Logger, LogText.Name(profile), why.ToLog());
        }
    }

    /// <summary>Counts a part that is not kept, and says it once. An encode has hundreds.</summary>
    /// <returns><see langword="false"/>.</returns>
    private bool Refused(Reason why)
    {
        store.Layer.Meter.PartRefused(why.Code);
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            ProfileLog.PartNotKept(store.Layer.Logger, LogText.Name(profile), why.ToLog());
        }

        return false;
    }
}
