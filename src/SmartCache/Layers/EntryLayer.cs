using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Layers;

/// <summary>One layer of entries with everything a store on top of it needs.</summary>
internal sealed class EntryLayer : LayerAccess
{
    public EntryLayer(LayerAccess access, EntryKind kind, ContentHasher hasher, BackgroundSaves saves, CacheMeter meter, HandleBudget handles, IEntryEvents events, StageActivity stages)
        : base(access)
    {
        Kind = kind;
        Hasher = hasher;
        Saves = saves;
        Meter = meter;
        Events = events;
        Stages = stages;
        Transfer = new FileTransfer(Files, () => Settings.Current.Materialize, () => StorageLog.NotLinkable(Logger, Name), handles);
        Materializer = new Materializer(Transfer, hasher, Files);
        Entries = new EntryStore(Directory, hasher, () => Settings.Current.Integrity, Doubted, Removed, Time, Logger);
        Index = new EntryIndex(Entries);
        SingleFlight = new SingleFlight(this);
    }

    public EntryKind Kind { get; }

    /// <summary><c>Off</c> also while the whole cache is.</summary>
    public LayerMode Mode => Settings.Current is not { Enabled: true } current ? LayerMode.Off : Kind == EntryKind.Source ? current.SourcesMode : current.ProfilesMode;

    public EntryStore Entries { get; }

    /// <summary>What the layer's entries are, and what they were when somebody last looked.</summary>
    public EntryIndex Index { get; }

    public FileTransfer Transfer { get; }

    public Materializer Materializer { get; }

    public SingleFlight SingleFlight { get; }

    public ContentHasher Hasher { get; }

    public BackgroundSaves Saves { get; }

    public CacheMeter Meter { get; }

    public IEntryEvents Events { get; }

    /// <summary>Which stages of jobs run in this process.</summary>
    public StageActivity Stages { get; }

    /// <summary>Is told that an entry went. Returns at once and never throws.</summary>
    public Action<string>? Gone { get; set; }

    /// <summary>Takes back what unfinished work has made of an entry. Returns when that is done or was given up, and never throws.</summary>
    public Action<string>? TakeBack { get; set; }

    /// <summary>Why what was made here was not stored.</summary>
    public LastRefusals NotStored { get; } = new();

    public static string NameOf(EntryKind kind) => kind == EntryKind.Source ? "sources" : "profiles";

    public CacheEvent Event(CacheEventKind kind, string entry, long size, double costSeconds, string? jobId) => new(kind, Time.GetUtcNow())
    {
        Key = entry,
        EntryKind = Kind,
        Size = size,
        CostSeconds = costSeconds > 0 ? costSeconds : null,
        JobId = jobId,
    };

    /// <summary>Notes what became of storing something: the reason of the next miss.</summary>
    /// <param name="key">What was asked for.</param>
    /// <param name="why">Why it was not stored; none where it was.</param>
    /// <param name="result">What is known of it.</param>
    public void NoteStoring(string key, Reason why, HistoryEvent result)
    {
        NotStored.Note(key, why);
        Record(result with { Layer = Name, Key = key, Reason = why.Code });
    }

    /// <summary>Notes that something was not even taken to be stored.</summary>
    public void NoteRefused(string key, Reason why) => NoteStoring(key, why, new HistoryEvent(HistoryEventKind.Refused));

    /// <summary>Before a stage writes to a path: see <see cref="SharedNames"/>.</summary>
    public void Unshare(string destination) => Unshare(() => SharedNames.Remove(Files, destination));

    /// <summary>Before a stage makes anew, below a directory, what an entry of this name holds or will hold.</summary>
    public void UnshareBelow(string directory, string entry) => Unshare(() => SharedNames.RemoveBelow(Files, directory, Entries.PathOf(entry), Directory.Device));

    /// <summary>Before a stage makes anew, below a directory, what the cache keeps in another one.</summary>
    public void UnshareFrom(string directory, string kept) => Unshare(() => SharedNames.RemoveBelow(Files, directory, kept, Directory.Device));

    /// <summary>Before an entry goes whose bytes are wrong, or may be.</summary>
    public void Doubted(string entry) => TakeBack?.Invoke(entry);

    private void Removed(string entry, EntryRemoval removal)
    {
        var isQuarantined = removal == EntryRemoval.Quarantine;
        if (isQuarantined)
        {
            Meter.Quarantined(Name);
        }

        Gone?.Invoke(entry);
        Record(new HistoryEvent(isQuarantined ? HistoryEventKind.Quarantined : HistoryEventKind.Removed) { Layer = Name, Entry = entry });
    }

    private void Unshare(Action remove)
    {
        if (Boundary.IsDisabled)
        {
            return;
        }

        try
        {
            remove();
        }
        catch (Exception exception)
        {
            Boundary.Report("unshare", exception);
        }
    }
}
