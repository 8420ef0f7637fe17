using System.Collections.Concurrent;
using System.Text.Json;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// The books of what was fetched ahead: a record in <c>ahead/</c> from right before the entry is published until a job asks for it, which is a use, or until it is gone, which
/// is waste. Whoever takes the record away books it, so each is booked once over all processes. Methods may throw, and run behind the boundary.
/// </summary>
/// <remarks>Without prefetching there are no records and none are looked for: the manifest says which entries may have one.</remarks>
internal sealed class AheadRecords(EntryLayer layer)
{
    /// <summary>The property of a manifest that says that its entry was fetched ahead.</summary>
    public const string Property = "ahead";

    private const int MaxBytes = 4096;
    private const string End = ".json";

    // Of this process, so that what it evicts is booked at once; and whether they are published.
    private readonly ConcurrentDictionary<string, bool> _own = new(StringComparer.Ordinal);

    /// <summary>Is told the entry whose record went, by use or by waste. Returns at once and never throws.</summary>
    public Action<string>? Settled { get; set; }

    /// <summary>Where they lie.</summary>
    public string Folder { get; } = Path.Combine(layer.Directory.Root, "ahead");

    /// <summary>Books an entry as fetched, right before it is published: a process that dies in between leaves waste.</summary>
    /// <returns>Whether it is; not where the entry is there already.</returns>
    public bool TryAdd(string entry, AheadRecord record)
    {
        if (layer.Entries.Exists(entry))
        {
            return false;
        }

        // Of one that went, and nobody has booked that yet.
        Waste(entry);
        _own[entry] = false;
        layer.Meter.PrefetchFetched(record.Bytes);
        try
        {
            layer.Directory.MakeDirectory(Folder);
            StateFile.Replace(layer.Directory, PathOf(entry), JsonSerializer.SerializeToUtf8Bytes(record, SourceJson.Default.AheadRecord), flush: false);
        }
        catch
        {
            Unbook(entry, record.Bytes);
            throw;
        }

        return true;
    }

    /// <summary>The entry is there.</summary>
    public void NotePublished(string entry) => _own.TryUpdate(entry, true, false);

    /// <summary>The entry was not published after all, or another one was first.</summary>
    public void TakeBack(string entry, long bytes)
    {
        if (TryTake(entry) is not null)
        {
            Unbook(entry, bytes);
        }
    }

    /// <summary>A job asks for the entry.</summary>
    /// <returns>What is booked as used; <see langword="null"/> where it was before, or was never fetched ahead.</returns>
    public AheadRecord? TryUse(EntryLease lease, DateTimeOffset requestedAt)
    {
        if (!lease.Manifest.Content.Properties.ContainsKey(Property) || TryTake(lease.Name) is not { } record)
        {
            return null;
        }

        var hidden = record.HiddenBefore(requestedAt);
        layer.Meter.PrefetchUsed(record.Bytes, hidden);
        layer.Record(new HistoryEvent(HistoryEventKind.PrefetchUsed) { Layer = layer.Name, Entry = lease.Name, Bytes = record.Bytes, Cost = hidden, Duration = requestedAt - record.FetchedAt });
        Forget(lease.Name);
        return record;
    }

    /// <summary>An entry of this layer went.</summary>
    public void NoteGone(string entry)
    {
        if (!_own.IsEmpty && _own.ContainsKey(entry))
        {
            _ = layer.Saves.Run(async stopping =>
            {
                try
                {
                    return await layer.Boundary.AttemptAsync("book waste", false, _ => Waste(entry), stopping).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return false; // The next look finds it.
                }
            });
        }
    }

    /// <summary>What waits to be asked for. What is gone meanwhile is booked as wasted.</summary>
    public IReadOnlyDictionary<string, long> Waiting(OperationPulse pulse)
    {
        ForgetSettledElsewhere();
        var waiting = new Dictionary<string, long>(StringComparer.Ordinal);
        if (layer.Files.Stat(Folder) is not { Kind: FileKind.Directory })
        {
            // Through a link it would delete what is torn in somebody else's directory.
            return waiting;
        }

        foreach (var path in FileSystem.ListOrNone(() => layer.Files.ListFiles(Folder, "*" + End)))
        {
            pulse.Beat();
            var entry = Path.GetFileNameWithoutExtension(path);
            if (!OwnNames.IsHash(entry) || Read(path) is not { } record)
            {
                continue;
            }

            if (layer.Entries.Exists(entry))
            {
                waiting[entry] = record.Bytes;
            }
            else if (IsGoneForGood(entry, record.Writer))
            {
                Waste(entry);
            }
        }

        return waiting;
    }

    /// <summary>Whether a job has yet to ask for the entry.</summary>
    public bool IsWaiting(string entry) => layer.Files.Stat(PathOf(entry)) is not null;

    // Another process took the record away, and has booked it.
    private void ForgetSettledElsewhere()
    {
        foreach (var (entry, isPublished) in _own)
        {
            if (isPublished && !IsWaiting(entry))
            {
                Forget(entry);
            }
        }
    }

    private bool Waste(string entry)
    {
        if (layer.Entries.Exists(entry) || TryTake(entry) is not { } record)
        {
            return false;
        }

        layer.Meter.PrefetchWasted(record.Bytes);
        layer.Record(new HistoryEvent(HistoryEventKind.PrefetchWasted) { Layer = layer.Name, Entry = entry, Bytes = record.Bytes, Cost = TimeSpan.FromSeconds(record.Seconds) });
        Forget(entry);
        return true;
    }

    // A record comes before its entry: of a living writer, only that one itself knows that the entry was there.
    private bool IsGoneForGood(string entry, string writer)
    {
        if (writer == layer.Directory.WriterId)
        {
            return !_own.TryGetValue(entry, out var isPublished) || isPublished;
        }

        if (!OwnNames.IsWriter(writer))
        {
            return true;
        }

        var isAlive = layer.Directory.IsAlive(writer, out var proofOfDeath);
        proofOfDeath?.Dispose();
        return !isAlive;
    }

    private void Unbook(string entry, long bytes)
    {
        layer.Meter.PrefetchFetched(-bytes);
        Forget(entry);
    }

    private void Forget(string entry)
    {
        _own.TryRemove(entry, out _);
        Settled?.Invoke(entry);
    }

    // By a rename to a name of one's own: of two that try, one has it.
    private AheadRecord? TryTake(string entry)
    {
        var path = PathOf(entry);
        var record = Read(path);
        var taken = layer.Directory.NewStagingPath();
        try
        {
            if (record is null || !layer.Files.TryRenameNoReplace(path, taken))
            {
                return null;
            }
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        try
        {
            layer.Files.Delete(taken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is taken; what is left of it is swept with the staging.
        }

        return record;
    }

    private AheadRecord? Read(string path)
    {
        try
        {
            if (BoundedFile.Read(layer.Files, path, MaxBytes) is not { } bytes)
            {
                return null;
            }

            if (JsonSerializer.Deserialize(bytes, SourceJson.Default.AheadRecord) is { } record && (record.IsPossible || record.Version > AheadRecord.CurrentVersion))
            {
                // A newer worker's is its own to book.
                return record.IsPossible ? record : null;
            }
        }
        catch (JsonException)
        {
            // As one that says what cannot be.
        }

        DeleteTorn(path);
        return null;
    }

    // A power cut left it empty: it costs evidence and nothing else, but it would be looked at for ever.
    private void DeleteTorn(string path)
    {
        try
        {
            layer.Files.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next look tries again.
        }
    }

    private string PathOf(string entry) => Path.Combine(Folder, entry + End);
}
