using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// Parts of unfinished encodes: <c>partials/{profile key}/</c> with a journal and one file for each part. They are no entries: nobody leases them. Whoever reads or deletes them holds the
/// production lock <c>make-{key}</c> of their profile, so that none goes away under an encoder. Methods may throw, and run behind the boundary.
/// </summary>
internal sealed class PartsStore(EntryLayer layer)
{
    /// <summary>Why an encode keeps nothing any more.</summary>
    public static readonly Reason TakenBack = new(CacheReason.Refused, "the parts were taken back while it ran");

    /// <summary>So many encodes in a row may go on from the same parts and get no further: one that is killed because of them leaves nothing else behind.</summary>
    private const int MostFruitless = 3;

    /// <summary>Inside the layer, so that a part can become one with the worker's file by link, and is swept when it is old.</summary>
    public string Root { get; } = Path.Combine(layer.Directory.Root, "partials");

    public EntryLayer Layer => layer;

    public string PathOf(string key) => Path.Combine(Root, key);

    /// <summary>Notes under the production lock that an encode begins: what is taken back from now on is taken from it too, also before it opens anything.</summary>
    public AttemptParts? Begin(ProfileKey key, PartsRequest request, OperationPulse pulse)
    {
        if (!PartsJournal.Takes(key))
        {
            return null;
        }

        var journal = OpenJournal(key, request.Profile, pulse);
        try
        {
            if (journal.Contents.Fruitless >= MostFruitless)
            {
                ProfileLog.PartsUnusable(layer.Logger, LogText.Name(request.Profile), $"{MostFruitless} encodes in a row went on from them and got no further");
                journal.Dispose();
                Delete(key.Name, pulse);
                journal = OpenJournal(key, request.Profile, pulse);
            }

            if (journal.Header != PartsHeader.Newer && journal.Append(pulse, PartsContents.BeginEncode(request.Attempt)))
            {
                return new AttemptParts(journal, request.Attempt, PathOf(key.Name), []);
            }
        }
        catch
        {
            journal.Dispose();
            throw;
        }

        journal.Dispose();
        return null;
    }

    /// <summary>Begins an attempt under the production lock: from here on every other one is refused. Reads each byte of what earlier ones left.</summary>
    public AttemptParts? Open(ProfileKey key, PartsRequest request, OperationPulse pulse, out Reason why)
    {
        why = default;
        if (!PartsJournal.Takes(key))
        {
            why = new(CacheReason.Refused, "its key is too long for a journal");
            return null;
        }

        var journal = OpenJournal(key, request.Profile, pulse);
        try
        {
            var takenBack = request.HasBegun && journal.Contents.IsVoid ? -1 : journal.Contents.TakenBack;
            if (journal.Header == PartsHeader.Newer || takenBack < 0 || !journal.Append(pulse, PartsContents.Begin(request.Attempt, request.Layout))
                || journal.Contents.TakenBack != takenBack || Given(journal, key.Name, request, pulse) is not { } given)
            {
                why = journal.Header == PartsHeader.Newer ? CacheReason.NewerVersion
                    : journal.Contents.TakenBack != takenBack ? TakenBack
                    : new Reason(CacheReason.Refused, "its journal is full");
                journal.Dispose();
                return null;
            }

            RemoveOthers(PathOf(key.Name), journal.Contents.FileNames.ToHashSet(StringComparer.Ordinal), pulse);
            return new AttemptParts(journal, request.Attempt, PathOf(key.Name), given);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Deletes all parts of a key. For whoever holds its production lock.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Delete(string key, OperationPulse pulse)
    {
        var place = PathOf(key);
        if (!Exists(key))
        {
            return false;
        }

        // Whoever was given up may have lost the lock by now, and it is another one's parts that lie there.
        pulse.Beat();

        // The journal first: what it does not name is offered to nobody, however far this comes.
        layer.Files.Delete(Path.Combine(place, OwnNames.PartsJournal));
        RemoveOthers(place, [], pulse);
        try
        {
            layer.Files.DeleteDirectory(place);
        }
        catch (IOException) when (layer.Files.List(place).Any())
        {
            // Somebody else's file lies there, and is left alone. With the directory goes the last name of the journal, also on the disk; here it has to go by itself.
            layer.Files.Flush(place);
        }

        return true;
    }

    /// <summary>The same, but not of what a newer version of the library left. For an encode that has returned without having them open.</summary>
    public bool DeleteOwn(ProfileKey key, OperationPulse pulse)
    {
        if (!Exists(key.Name))
        {
            return false;
        }

        using (var journal = new PartsJournal(layer.Directory, PathOf(key.Name), key))
        {
            journal.Follow(pulse);
            if (journal.Header == PartsHeader.Newer)
            {
                return false;
            }
        }

        return Delete(key.Name, pulse);
    }

    /// <summary>Removes the directory of a key where nothing lies in it. Whoever needs it just then makes it again.</summary>
    public void RemoveEmpty(string key)
    {
        try
        {
            if (Exists(key))
            {
                layer.Files.DeleteDirectory(PathOf(key));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something lies there, or it has just gone. What stays behind goes when it is old.
        }
    }

    /// <summary>What was taken away on purpose must not be there again after a power cut.</summary>
    public void FlushNames()
    {
        if (layer.Files.Stat(Root) is { Kind: FileKind.Directory })
        {
            layer.Files.Flush(Root);
        }
    }

    /// <summary>Takes all parts of a key back: deletes them, and where a producer holds them has it that nobody is given them any more.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Remove(string key, OperationPulse pulse)
    {
        if (!Exists(key))
        {
            return false;
        }

        if (TryDelete(key, pulse) is { } deleted)
        {
            return deleted;
        }

        try
        {
            PartsJournal.Void(layer.Directory, PathOf(key));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Its producer has just deleted them.
        }

        return true;
    }

    /// <summary>Deletes all parts of a key where nobody produces it; <see langword="null"/> where somebody does.</summary>
    public bool? TryDelete(string key, OperationPulse pulse)
    {
        if (layer.Directory.TryLock("make-" + key, exclusive: true) is not { } held)
        {
            return null;
        }

        using var turn = new Turn(held);
        return Delete(key, pulse);
    }

    /// <summary>Takes back the parts of all profiles of a source; of all sources without one. One that cannot be deleted keeps none of the others.</summary>
    /// <returns>Of how many profiles there were any.</returns>
    public int RemoveOf(string? contentHash, OperationPulse pulse)
    {
        var faults = new FirstFault();
        var removed = 0;
        var content = contentHash is null ? "" : ContentName.Of(contentHash) + "_";
        foreach (var key in Keys().Where(key => key.StartsWith(content, StringComparison.Ordinal)).ToList())
        {
            pulse.Beat();
            try
            {
                removed += Remove(key, pulse) ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                faults.Note(exception);
            }
        }

        // Also where there was nothing: what an encode deleted at its end a moment ago is not flushed.
        FlushNames();
        faults.Throw();
        return removed;
    }

    /// <summary>Keys of which there are parts.</summary>
    public IEnumerable<string> Keys() =>
        layer.Files.Stat(Root) is { Kind: FileKind.Directory }
            ? layer.Files.List(Root).Select(static path => Path.GetFileName(path)).Where(static name => OwnNames.IsEntry(name))
            : [];

    /// <summary>When a part of a key was recorded last, or an encode of it began; <see langword="null"/> where there is nothing.</summary>
    public DateTimeOffset? LastUse(string key) => (layer.Files.Stat(Path.Combine(PathOf(key), OwnNames.PartsJournal)) ?? layer.Files.Stat(PathOf(key)))?.Modified;

    /// <summary>Whether the parts of a key were taken back, and only their producer kept them from being deleted.</summary>
    public bool AreVoid(string key) =>
        layer.Files.Stat(Path.Combine(PathOf(key), OwnNames.PartsJournal)) is { Kind: FileKind.Regular } && PartsJournal.IsVoid(layer.Directory, PathOf(key));

    /// <summary>Deletes the parts in a directory but these.</summary>
    public void RemoveOthers(string place, IReadOnlyCollection<string> kept, OperationPulse pulse)
    {
        foreach (var path in layer.Files.List(place).Where(path => Path.GetFileName(path) is var name && OwnNames.IsPart(name) && !kept.Contains(name)).ToList())
        {
            pulse.Beat();
            TreeRemoval.Delete(layer.Files, path, pulse);
        }
    }

    // Through a link it would delete somebody else's files. In most cases there is nothing, and one look says so.
    private bool Exists(string key) => layer.Files.Stat(PathOf(key)) is { Kind: FileKind.Directory } && layer.Files.Stat(Root) is { Kind: FileKind.Directory };

    private PartsJournal OpenJournal(ProfileKey key, string profile, OperationPulse pulse)
    {
        var place = PathOf(key.Name);
        for (var attempt = 0; ; attempt++)
        {
            layer.Directory.MakeDirectory(Root);
            layer.Directory.MakeDirectory(place);
            PartsJournal journal;
            try
            {
                journal = new PartsJournal(layer.Directory, place, key);
            }
            catch (Exception exception) when (attempt == 0 && exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Empty until now, and removed by whoever came too late with a part of an encode that had ended.
                continue;
            }

            try
            {
                if (journal.Follow(pulse) || journal.Header == PartsHeader.Newer)
                {
                    return journal;
                }

                if (attempt > 0)
                {
                    throw new IOException("The journal of an encode's parts was replaced while it was opened.");
                }
            }
            catch
            {
                journal.Dispose();
                throw;
            }

            // Planted, damaged, or another key's: nothing that lies there can be believed.
            journal.Dispose();
            ProfileLog.PartsUnusable(layer.Logger, LogText.Name(profile), "their journal is damaged, or another profile's");
            Delete(key.Name, pulse);
        }
    }

    /// <summary>
    /// The parts of a layout up to the first that is not as it was recorded. What is not given is forgotten: an encoder fits what it makes to what it was shown, and nothing else may
    /// stand beside that at the next attempt.
    /// </summary>
    /// <returns><see langword="null"/> where that could not be noted.</returns>
    private List<KeptPart>? Given(PartsJournal journal, string key, PartsRequest request, OperationPulse pulse)
    {
        var all = journal.Contents.Of(request.Layout);
        var given = new List<KeptPart>();

        // Before they are read, which takes minutes.
        foreach (var part in IsEnough(all, request) ? all : [])
        {
            if (ProblemOf(part, Path.Combine(PathOf(key), part.FileName), pulse) is { } problem)
            {
                ProfileLog.PartsUnusable(layer.Logger, LogText.Name(request.Profile), problem);
                break;
            }

            given.Add(part);
        }

        if (!IsEnough(given, request))
        {
            given.Clear();
        }

        return given.Count == all.Count || journal.AppendForGood(pulse, PartsContents.Forget(request.Attempt, all[given.Count].Start)) ? given : null;
    }

    private static bool IsEnough(IEnumerable<KeptPart> parts, PartsRequest request) => parts.Sum(static part => part.Seconds) >= request.MinWork.TotalSeconds;

    private string? ProblemOf(KeptPart part, string path, OperationPulse pulse)
    {
        try
        {
            if (layer.Files.Stat(path) is not { Kind: FileKind.Regular } facts)
            {
                return "one of them is not there";
            }

            if (facts.Length != part.Length)
            {
                return "one of them has another length";
            }

            // Read, whatever is remembered of it: nothing was flushed.
            using var handle = layer.Files.OpenRead(path);
            return ContentHasher.Hash(handle, pulse) == part.Sha256 ? null : "one of them has other bytes";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"one of them cannot be read ({FailureNames.Of(exception)})";
        }
    }
}
