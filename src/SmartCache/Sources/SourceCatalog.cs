using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>
/// The small records of the source layer, <c>keys/</c> and <c>facts/</c>: they outlive the entries, so that a worker whose profiles are all cached
/// need not fetch a source again. Their modification time is their last use. Keys are flushed a little later, in the background; facts never, since losing them
/// costs a probe. Methods may throw, and run behind the boundary.
/// </summary>
internal sealed partial class SourceCatalog(EntryLayer layer)
{
    private const int MaxBytes = 1 << 20;
    private const int MaxRecipes = 64;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);

    private readonly LateFlush _flush = new(layer, layer.Saves);

    // A few hundred bytes each.
    private readonly KnownFiles<SourceRecord> _keys = new(capacity: 4096);
    private readonly KnownFiles<ContentFacts> _facts = new(capacity: 4096);

    public EntryLayer Layer => layer;

    /// <summary>What was fetched before a job asked for it.</summary>
    public AheadRecords Ahead { get; } = new(layer);

    public string KeysDirectory { get; } = Path.Combine(layer.Directory.Root, "keys");

    public string FactsDirectory { get; } = Path.Combine(layer.Directory.Root, "facts");

    /// <summary>Resumable partials of downloads, inside the cache's directory so that they are swept when they are old.</summary>
    public string PartialsDirectory { get; } = Path.Combine(layer.Directory.Root, "partials");

    /// <summary>What an identity leads to, if that is still believed.</summary>
    public SourceRecord? Find(SourceKey key, out Reason reason)
    {
        var path = KeyPath(key.Name);
        if (Read(path, SourceJson.Default.SourceRecord, _keys) is not { } record)
        {
            reason = new(CacheReason.NotCached, "no fetch of it is on record");
            return null;
        }

        if (record.Version <= 1 && !ContentName.IsHash(record.ContentHash))
        {
            reason = new(CacheReason.Damaged, "a damaged record");
            return null;
        }

        if (record.Version > 1 || !KeyPreimage.AreEqual(record.Key, key.Preimage))
        {
            reason = record.Version > 1 ? CacheReason.NewerVersion : new Reason(CacheReason.OtherContent, "another key of the same name");
            return null;
        }

        // A fetch in the future comes from a clock that jumped; believing it would mean for ever.
        var age = layer.Time.GetUtcNow() - record.FetchedAt;
        if (!key.IsByContent && (age > layer.Settings.Current.MaxSourceAge || age < -ClockTolerance))
        {
            reason = new(CacheReason.TooOld, "fetched longer ago than MaxSourceAge");
            return null;
        }

        Touch(path);
        reason = default;
        return record;
    }

    /// <summary>What is on record under a key's name, however old.</summary>
    public SourceRecord? Recorded(string keyName) =>
        Read(KeyPath(keyName), SourceJson.Default.SourceRecord, _keys) is { Version: 1 } record && ContentName.IsHash(record.ContentHash) ? record : null;

    /// <summary>Notes what a fetch found. A fetch that began earlier than the one on record never replaces it.</summary>
    /// <returns>Whether it was noted.</returns>
    public bool Note(SourceKey key, string contentHash, long length, DateTimeOffset fetchBegan)
    {
        using var hold = layer.Directory.TryLock("key-" + key.Name, exclusive: true);
        if (hold is null)
        {
            return false;
        }

        try
        {
            var now = layer.Time.GetUtcNow();
            if (BoundedFile.Read(layer.Files, KeyPath(key.Name), MaxBytes) is { } bytes && IsOfNewerVersion(bytes))
            {
                return false;
            }

            // A record of another key under this name is in the way, whatever its age.
            if (Read(KeyPath(key.Name), SourceJson.Default.SourceRecord, _keys) is { } known
                && KeyPreimage.AreEqual(known.Key, key.Preimage)
                && (known.Version > 1 || (known.FetchedAt > fetchBegan && known.FetchedAt <= now + ClockTolerance)))
            {
                return false;
            }

            // Over a key that was flushed and told, an empty file would be there after a power cut: neither xfs nor ext4 keeps a rename back until the bytes
            // are on the disk. A key where there was none is nobody's yet, and is flushed later.
            Write(
                KeyPath(key.Name),
                new SourceRecord { Key = key.Preimage, ContentHash = contentHash, Length = length, FetchedAt = fetchBegan },
                SourceJson.Default.SourceRecord,
                flush: layer.Files.FileExists(KeyPath(key.Name)));

            // Without its key an entry is no hit. Nobody waits for it.
            _flush.Note(KeyPath(key.Name));
            return true;
        }
        finally
        {
            hold.DeleteAndDispose();
        }
    }

    public bool Forget(SourceKey key)
    {
        var known = layer.Directory.IsOwnDirectory(KeysDirectory) && layer.Files.FileExists(KeyPath(key.Name));
        if (known)
        {
            layer.Files.Delete(KeyPath(key.Name));
        }

        return known;
    }

    /// <summary>Every identity that is on record, by the key's name. One that cannot be read is left out.</summary>
    public List<(string Key, SourceRecord Record)> Records(OperationPulse pulse)
    {
        var found = new List<(string, SourceRecord)>();
        foreach (var path in FileSystem.ListOrNone(() => layer.Files.ListFiles(KeysDirectory)).Where(static path => OwnNames.IsRecord(Path.GetFileName(path))))
        {
            pulse.Beat();
            var key = Path.GetFileNameWithoutExtension(path);
            if (Recorded(key) is { } record)
            {
                found.Add((key, record));
            }
        }

        return found;
    }

    /// <summary>Every identity of a scope, and the contents that only these lead to.</summary>
    public ScopeRecords OfScope(string scope, OperationPulse pulse)
    {
        var found = new ScopeRecords(new Dictionary<string, FileIdentity>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        if (!layer.Directory.IsOwnDirectory(KeysDirectory))
        {
            return found;
        }

        var hidden = KeyPreimage.Hide(scope);
        var others = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in layer.Files.ListFiles(KeysDirectory).Where(static path => OwnNames.IsRecord(Path.GetFileName(path))))
        {
            pulse.Beat();
            try
            {
                if (layer.Files.Stat(path) is not { } facts || Read(path, SourceJson.Default.SourceRecord, _keys) is not { } record)
                {
                    continue;
                }

                if (record.Key.GetValueOrDefault("scope") == hidden)
                {
                    found.Keys.Add(path, facts.Identity);
                    found.Contents.Add(record.ContentHash);
                }
                else
                {
                    others.Add(record.ContentHash);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One that cannot be read keeps no scope from being removed.
                found.Fault.Note(exception);
            }
        }

        found.Contents.ExceptWith(others);
        found.Contents.RemoveWhere(static hash => !ContentName.IsHash(hash));
        return found;
    }

    /// <summary>Forgets the identities, but for those that lead to something newer by now.</summary>
    public void Forget(ScopeRecords records, OperationPulse pulse)
    {
        if (!layer.Directory.IsOwnDirectory(KeysDirectory))
        {
            return;
        }

        foreach (var (path, identity) in records.Keys)
        {
            pulse.Beat();
            try
            {
                ForgetIfStill(path, identity);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One that cannot be deleted keeps none of the others.
                records.Fault.Note(exception);
            }
        }
    }

    private void ForgetIfStill(string path, FileIdentity identity)
    {
        if (layer.Directory.TryLock("key-" + Path.GetFileNameWithoutExtension(path), exclusive: true) is not { } hold)
        {
            return;
        }

        try
        {
            if (layer.Files.Stat(path)?.Identity == identity)
            {
                layer.Files.Delete(path);
            }
        }
        finally
        {
            hold.DeleteAndDispose();
        }
    }

    public ContentFacts? Facts(string contentHash)
    {
        if (Known(contentHash) is not { IsDropped: false } facts)
        {
            return null;
        }

        Touch(FactsPath(contentHash));
        return facts;
    }

    /// <summary>Adds what was learned about a content; <paramref name="change"/> gets what is known, or an empty record.</summary>
    public ContentFacts Learn(string contentHash, long length, Func<ContentFacts, ContentFacts> change)
    {
        using var turn = TurnFor(contentHash);
        return LearnInTurn(contentHash, length, change);
    }

    private ContentFacts LearnInTurn(string contentHash, long length, Func<ContentFacts, ContentFacts> change)
    {
        var known = Facts(contentHash);
        var doubt = known is null ? Known(contentHash)?.Doubt : null;
        var isNewer = known is null && doubt is null && BoundedFile.Read(layer.Files, FactsPath(contentHash), MaxBytes) is { } bytes && IsOfNewerVersion(bytes);
        var changed = change(known ?? new ContentFacts { ContentHash = contentHash, Length = length, Doubt = doubt });
        if (changed.Recipes.Count > MaxRecipes)
        {
            changed = changed with { Recipes = [.. changed.Recipes.Skip(changed.Recipes.Count - MaxRecipes)] };
        }

        if (changed != known && !isNewer)
        {
            Write(FactsPath(contentHash), changed, SourceJson.Default.ContentFacts);
        }

        return changed;
    }

    public void ForgetFacts(string contentHash)
    {
        if (layer.Files.Stat(FactsDirectory) is { Kind: FileKind.Directory })
        {
            layer.Files.Delete(FactsPath(contentHash));
        }
    }

    /// <summary>Forgets what is known of a content but that it was dropped, so that it is told when the same bytes come again.</summary>
    public void ForgetButDoubt(string contentHash)
    {
        using var turn = TurnFor(contentHash);
        var doubt = (Known(contentHash)?.Doubt ?? new SourceDoubt()).Dropped();

        // First, so that on a full disk at least the facts are gone.
        ForgetFacts(contentHash);
        Write(FactsPath(contentHash), new ContentFacts { ContentHash = contentHash, Length = 0, Doubt = doubt, IsDropped = true }, SourceJson.Default.ContentFacts);
    }

    /// <summary>Whether a content was dropped here because an encode of it failed.</summary>
    public bool IsDropped(string contentHash) => Known(contentHash) is { IsDropped: true };

    /// <summary>Notes that these bytes were fetched: whether they are what a SHA-256 names, and that they came again where they had been dropped.</summary>
    /// <returns>Whether there was anything to note.</returns>
    public bool NoteFetched(string contentHash, long length, bool isNamed)
    {
        if (Facts(contentHash) is not { } known || (known.IsNamed || !isNamed) && known.Doubt is not { KeptUntil: null })
        {
            return false;
        }

        var now = layer.Time.GetUtcNow();
        Learn(contentHash, length, facts => facts with
        {
            IsNamed = facts.IsNamed || isNamed,
            Doubt = facts.Doubt is { KeptUntil: null } dropped ? dropped.Returned(now) : facts.Doubt,
        });
        return true;
    }

    // Two writers at once would lose one another's proof or suspicion. Held for a millisecond; whoever holds it for long hangs, and is not waited for.
    private Turn? TurnFor(string contentHash) =>
        layer.Directory.TryTakeTurn(OwnNames.FactsLock + ContentName.Of(contentHash), LockPatience, OperationPulse.Unwatched(CancellationToken.None));

    private ContentFacts? Known(string contentHash) =>
        Read(FactsPath(contentHash), SourceJson.Default.ContentFacts, _facts) is { Version: 1, Length: >= 0 } facts && facts.ContentHash == contentHash ? facts : null;

    private string KeyPath(string name) => Path.Combine(KeysDirectory, name + ".json");

    private string FactsPath(string contentHash) => Path.Combine(FactsDirectory, ContentName.Of(contentHash) + ".json");

    private T? Read<T>(string path, JsonTypeInfo<T> type, KnownFiles<T> known)
        where T : class
    {
        if (layer.Files.Stat(path) is not { } facts)
        {
            return null;
        }

        if (known.Recall(facts) is { } unchanged)
        {
            return unchanged;
        }

        if (BoundedFile.Read(layer.Files, path, MaxBytes) is not { } bytes)
        {
            return null;
        }

        try
        {
            var value = JsonSerializer.Deserialize(bytes, type);
            if (value is not null)
            {
                known.Remember(layer.Files, path, facts, value);
            }

            return value;
        }
        catch (JsonException)
        {
            // Torn by a power cut, damaged or newer: it says nothing. Not deleted: another process may have put a good one in its place since it was read.
            return null;
        }
    }

    // A newer version may have other fields; its records are left alone, so that old and new workers can run beside each other.
    private static bool IsOfNewerVersion(byte[] utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("version", out var version)
                && version.TryGetInt32(out var number)
                && number > 1;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private void Write<T>(string path, T value, JsonTypeInfo<T> type, bool flush = false)
    {
        layer.Directory.MakeDirectory(Path.GetDirectoryName(path)!);
        StateFile.Replace(layer.Directory, path, JsonSerializer.SerializeToUtf8Bytes(value, type), flush);
    }

    private void Touch(string path)
    {
        var now = layer.Time.GetUtcNow();
        if (layer.Files.Stat(path) is { } facts && (now - facts.Modified).Duration() > TouchInterval)
        {
            try
            {
                layer.Files.Touch(path, now);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Expired a moment ago, or another user's on a disk that is read-only: what was read counts all the same, and the job has its hit.
            }
        }
    }
}
