using System.Collections.Concurrent;
using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>The journals of all targets: how sessions read them, and their upkeep.</summary>
internal sealed class TargetJournals(LayerAccess access)
{
    private const int MaxJournals = 64;
    private const int MaxOwed = 10_000;

    private readonly JournalUpkeep _upkeep = new(access.Directory, access.Logger);
    private readonly ConcurrentDictionary<string, bool> _newer = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<(JournalKind Kind, ContentKey Key), JournalRecord>> _owed = new(StringComparer.Ordinal);

    /// <summary>Where they lie.</summary>
    public LayerAccess Access => access;

    /// <summary>What all of them know about these keys; where that fails, nothing, and why.</summary>
    public ValueTask<IReadOnlyList<TargetRecords>> ReadAllAsync(IReadOnlySet<ContentKey> wanted, Action<Reason> unread, CancellationToken cancellationToken) =>
        access.Boundary.AttemptOrSayAsync<IReadOnlyList<TargetRecords>>(
            "read the journals",
            why =>
            {
                unread(why);
                return [];
            },
            pulse => [.. JournalFiles.NamesIn(access.Directory).Take(MaxJournals).Select(name => ReadOrSay(name, wanted, unread, pulse))],
            null,
            cancellationToken);

    /// <summary>What one knows about these keys; where that fails, nothing. It may take as long as the boundary allows.</summary>
    public ValueTask<TargetRecords> ReadAsync(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads, CancellationToken cancellationToken) =>
        access.Boundary.AttemptOrSayAsync(
            "read a journal",
            why => Unread(name, wanted, reads) with { WhyUnread = why },
            pulse => Read(name.Short, name.Key, wanted, reads, pulse),
            null,
            cancellationToken);

    /// <summary>The same for whoever cannot await it, as an uploader that names a target which nobody has named before; it needs no thread of the pool.</summary>
    public TargetRecords ReadNow(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads) =>
        access.Boundary.AttemptOrSay("read a journal", why => Unread(name, wanted, reads) with { WhyUnread = why }, pulse => Read(name.Short, name.Key, wanted, reads, pulse));

    /// <summary>The same without a look at the disk.</summary>
    public TargetRecords Unread(TargetName name, IReadOnlySet<ContentKey> wanted, bool reads) => Unread(name.Short, name.Key, wanted, reads);

    /// <summary>Says once of a target that a newer version writes its journal.</summary>
    public void SayNewer(string name)
    {
        if (_newer.TryAdd(name, true))
        {
            UploadLog.NewerJournal(access.Logger, name);
        }
    }

    /// <summary>Keeps forgets that could not be written. They hold in all sessions that this process opens from now on, and whoever writes to the target next writes them.</summary>
    public void Owe(string name, IEnumerable<JournalRecord> forgets)
    {
        lock (_gate)
        {
            var owed = _owed.GetValueOrDefault(name) ?? [];
            foreach (var forget in forgets.Where(forget => owed.Count < MaxOwed || owed.ContainsKey((forget.Kind, forget.Key))))
            {
                owed[(forget.Kind, forget.Key)] = forget;
            }

            if (owed.Count > 0)
            {
                _owed[name] = owed;
            }
        }
    }

    /// <summary>Whether there are such.</summary>
    public bool Owes(string name)
    {
        lock (_gate)
        {
            return _owed.ContainsKey(name);
        }
    }

    /// <summary>What is to be written. It stays here until it is: a session that opens meanwhile would find it neither here nor there.</summary>
    public IReadOnlyList<JournalRecord> Owed(string name)
    {
        lock (_gate)
        {
            return _owed.TryGetValue(name, out var owed) ? [.. owed.Values] : [];
        }
    }

    /// <summary>These are written.</summary>
    public void Paid(string name, IEnumerable<JournalRecord> written)
    {
        lock (_gate)
        {
            if (!_owed.TryGetValue(name, out var owed))
            {
                return;
            }

            // One that came since, of the same key, is still to be written.
            foreach (var record in written.Where(record => ReferenceEquals(owed.GetValueOrDefault((record.Kind, record.Key)), record)))
            {
                owed.Remove((record.Kind, record.Key));
            }

            if (owed.Count == 0)
            {
                _owed.Remove(name);
            }
        }
    }

    /// <inheritdoc cref="JournalUpkeep.Sort"/>
    public void Sort(string name, OperationPulse pulse) => _upkeep.Sort(name, pulse, access.Time.GetUtcNow());

    /// <inheritdoc cref="JournalUpkeep.Run"/>
    public void Run(OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge) => _upkeep.Run(pulse, now, maxAge);

    private TargetRecords Unread(string name, ContentKey? key, IReadOnlySet<ContentKey> wanted, bool reads) =>
        new(new TargetJournal(access.Directory, name, key, access.Time, reads), new ConfirmedContent(wanted));

    // One target whose directory cannot be read must not hide the others.
    private TargetRecords ReadOrSay(string name, IReadOnlySet<ContentKey> wanted, Action<Reason> unread, OperationPulse pulse)
    {
        try
        {
            return Read(name, null, wanted, true, pulse);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            access.Boundary.Report("read a journal", exception);
            unread(FaultReasons.Of("read a journal", exception));
            return Unread(name, null, wanted, true);
        }
    }

    private TargetRecords Read(string name, ContentKey? key, IReadOnlySet<ContentKey> wanted, bool reads, OperationPulse pulse)
    {
        var records = Unread(name, key, wanted, reads);

        // Before the journal is read: what is written in between is found there.
        var owed = Owed(name);
        records.Journal.Follow(pulse, records.Content);
        foreach (var forgotten in owed)
        {
            records.Content.Apply(forgotten);
        }

        records.Content.Open();
        if (!records.Journal.HasNewer)
        {
            return records;
        }

        SayNewer(name);
        return records with { WhyUnread = CacheReason.NewerVersion };
    }
}
