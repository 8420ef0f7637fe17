using SmartCache.Tool.Output;

namespace SmartCache.Tool.Doctor;

/// <summary>Asks an object store as a worker would, and puts what it does into words. Makes one object for a moment where the tier may write.</summary>
internal sealed class StoreChecks(IObjectStore store, RemoteStatus status, ICacheRemote remote, Findings findings, TimeProvider clock)
{
    private const string CannotExpire = "no-expiry";
    private const string ExpiresEarly = "early-expiry";
    private const string CannotAbort = "no-abort";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(5);

    /// <summary>The findings that <c>--write</c> mends.</summary>
    public static IReadOnlyList<string> OfRules { get; } = [CannotExpire, CannotAbort];

    private bool Writes => status.Mode is RemoteMode.ReadWrite or RemoteMode.WriteOnly;

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await TryAsync("read", FaultOfReading, ReadAsync, cancellationToken).ConfigureAwait(false)
            && await TryAsync("list", FaultOfReading, ListAsync, cancellationToken).ConfigureAwait(false)
            && Writes
            && await TryAsync("write", FaultOfWriting, WriteAsync, cancellationToken).ConfigureAwait(false))
        {
            await LookAtConditionsAsync(cancellationToken).ConfigureAwait(false);
        }

        // Whatever else is wrong: they are asked for by name.
        if (findings.All.Count == 0 && store is IObjectStoreRules rules)
        {
            await TryAsync("read the rules of", FaultOfRules, token => LookAtRulesAsync(rules, token), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(status.Prefix + "doctor", new ObjectRange(0, 1), null, cancellationToken).ConfigureAwait(false);
        if (read is not null)
        {
            await read.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in store.ListAsync(status.Prefix, cancellationToken).ConfigureAwait(false))
        {
            return;
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var name = $"{status.Prefix}work/doctor-{Guid.NewGuid():N}";
        await store.PutAsync(name, new OneByte(), PutCondition.None, cancellationToken).ConfigureAwait(false);
        if (await store.StatAsync(name, cancellationToken).ConfigureAwait(false) is { Modified: var stored } && stored != default && (clock.GetUtcNow() - stored).Duration() is var skew && skew > _skew)
        {
            Add("store-clock", $"the clocks of the store and of this machine differ by {Figures.Seconds(skew.TotalSeconds)}", "set the clocks (NTP): above 15 min stores refuse every request, and ages are reckoned wrongly before");
        }

        await store.DeleteAsync(name, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task LookAtConditionsAsync(CancellationToken cancellationToken)
    {
        if (await remote.ProveConditionsAsync(cancellationToken).ConfigureAwait(false) == false)
        {
            var broken = (await remote.GetStatusAsync(cancellationToken).ConfigureAwait(false)).BrokenCondition;
            Add("no-conditions", $"the store does not keep the conditions of a put: {broken}", "take another version of the engine, register an IWorkLeases of your own, or live with hosts that do the same work at the same time; nothing is wrong with the results");
        }
    }

    private async Task LookAtRulesAsync(IObjectStoreRules rules, CancellationToken cancellationToken)
    {
        var held = await rules.ReadRulesAsync(status.Prefix, cancellationToken).ConfigureAwait(false);
        var days = Math.Max(1, Math.Ceiling(status.MaxAge.TotalDays));
        if (held.ExpireAfter is not { } expire)
        {
            Add(CannotExpire, $"no rule of the bucket deletes what lies unused below {status.Prefix}: it grows until it is full", $"smartcache remote doctor --write adds one of {days} days (Cache:Remote:MaxAge); a hit renews what it uses");
        }
        else if (expire < status.MaxAge / 4)
        {
            Add(ExpiresEarly, $"a rule deletes after {expire.TotalDays} days, and hits renew only what is older than a quarter of MaxAge, {Figures.Seconds(status.MaxAge.TotalSeconds / 4)}: what is in use goes too", "set Cache:Remote:MaxAge to the rule's days, or change the rule");
        }

        if (held.AbortAfter is null)
        {
            Add(CannotAbort, "no rule of the bucket aborts uploads in parts that nobody ended: their parts take space that no listing shows", "smartcache remote doctor --write adds one of a day, and aborts those that are there");
        }
    }

    private void Add(string code, string meaning, string whatToDo) => findings.Add(code, store.Description, meaning, whatToDo);

    private async Task<bool> TryAsync(string what, Func<ObjectStoreFault, (string Code, string Meaning, string WhatToDo)> words, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_patience);
        try
        {
            await Task.Run(() => ask(patience.Token), CancellationToken.None).WaitAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (ObjectStoreException exception)
        {
            var (code, meaning, whatToDo) = words(exception.Fault);
            Add(code, $"{meaning} ({exception.Message})", whatToDo);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var (code, meaning, whatToDo) = words(ObjectStoreFault.Unavailable);
            Add(code, $"{meaning} ({what}: no answer within {_patience.TotalSeconds} s)", whatToDo);
        }

        return false;
    }

    private static (string Code, string Meaning, string WhatToDo) FaultOfReading(ObjectStoreFault fault) => fault switch
    {
        ObjectStoreFault.Denied => ("store-denied", "the store does not accept the credentials, or they may not get and list here", "look at AccessKey and SecretKey or what the SDK finds, at the rights below the prefix, and at this machine's clock"),
        ObjectStoreFault.Misconfigured => ("store-misconfigured", "it can never work as it is set up: no such bucket, another region, a clock that is wrong", "make the bucket, or mend Cache:Remote:S3; the code in brackets says which"),
        ObjectStoreFault.ServerError => ("store-fails", "the store answers that it failed", "look at the engine's own log"),
        ObjectStoreFault.Unavailable or ObjectStoreFault.Throttled => ("store-unreachable", "the store does not answer", "look at Cache:Remote:S3:Endpoint, the network between, and the engine's own log"),
        _ => ("store-protocol", "the store answered something that is no answer", "something else may listen at Cache:Remote:S3:Endpoint, such as a proxy"),
    };

    // It answers reads: what it does not take has another reason.
    private static (string Code, string Meaning, string WhatToDo) FaultOfWriting(ObjectStoreFault fault) => fault switch
    {
        ObjectStoreFault.Full or ObjectStoreFault.Unavailable or ObjectStoreFault.ServerError => ("store-full", "the store answers reads and takes nothing: it, or its quota, is most likely full", "make room or raise the quota; a full Ceph hangs deletes too, so raise its full ratio for a moment first. Jobs go on without it"),
        ObjectStoreFault.Denied => ("store-read-only", "the credentials may not put or delete", "give them the rights, or set Cache:Remote:Mode to ReadOnly"),
        _ => FaultOfReading(fault),
    };

    private static (string Code, string Meaning, string WhatToDo) FaultOfRules(ObjectStoreFault fault) =>
        ("rules-unknown", "the bucket's rules for what is old could not be read", "ask whoever may: it takes the right to get and put the lifecycle configuration, which workers need not have");

    private sealed class OneByte : IObjectBody
    {
        public long Length => 1;

        public Stream Open(long offset, long count) => new MemoryStream([(byte)'x'], (int)offset, (int)count, writable: false);
    }
}
