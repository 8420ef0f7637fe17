using System.Text.Json;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// What is owed to the store, of all processes of the host: a small file for each entry, which survives the process. Not flushed: a power cut costs sending, never an entry.
/// Methods may throw, and run behind the boundary.
/// </summary>
internal sealed class Outbox
{
    public const string Folder = "outbox";

    private const int MaxBytes = 1 << 20;

    private const int MostKeys = 128;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);

    private readonly KnownFiles<Intent> _known = new(capacity: 4096);
    private readonly LayerAccess _layer;

    public Outbox(LayerAccess layer)
    {
        _layer = layer;
        Root = Path.Combine(layer.Directory.Root, Folder);
        Removals = new PendingRemovals(this);
    }

    public string Root { get; }

    public LayerAccess Layer => _layer;

    /// <summary>What is not to be given out any more.</summary>
    public PendingRemovals Removals { get; }

    /// <summary>Writes an intent down; one that is there already is told what is new. What a removal is about, and was owed before it, is not sent any more.</summary>
    public void Add(Intent intent, OperationPulse pulse)
    {
        _layer.Directory.MakeDirectory(Root);
        Write(intent, there => there is null ? intent : intent.Over(there), pulse);
        if (intent.IsRemoval)
        {
            Withdraw(intent, pulse);
        }
    }

    /// <summary>All that is owed, the oldest first.</summary>
    public List<Intent> List(OperationPulse pulse) => List(OwnNames.IsIntent, pulse);

    /// <summary>What is to be sent.</summary>
    public List<Intent> ListSends(OperationPulse pulse) => List(static name => OwnNames.IsIntent(name) && !OwnNames.IsRemoval(name), pulse);

    /// <summary>What is to be deleted.</summary>
    public List<Intent> ListRemovals(OperationPulse pulse) => List(OwnNames.IsRemoval, pulse);

    /// <summary>Whether a source is to be deleted.</summary>
    public bool IsToBeRemoved(string source) => _layer.Files.Stat(Path.Combine(Root, $"{OwnNames.Removal}sources-{source}")) is not null;

    private List<Intent> List(Func<string, bool> which, OperationPulse pulse)
    {
        var found = new List<Intent>();
        foreach (var path in FileSystem.ListOrNone(() => _layer.Files.ListFiles(Root)).Where(path => which(Path.GetFileName(path))))
        {
            pulse.Beat();
            if (TryRead(path) is { } intent)
            {
                found.Add(intent);
            }
            else
            {
                DeleteDead(path);
            }
        }

        found.Sort(static (one, other) => one.At.CompareTo(other.At));
        return found;
    }

    /// <summary>The entries that are owed, as <c>{layer}-{name}</c>. One listing; nothing is read.</summary>
    public HashSet<string> Names() => [.. FileSystem.ListOrNone(() => _layer.Files.ListFiles(Root)).Select(static path => Path.GetFileName(path)!)];

    /// <summary>The intent as it is now.</summary>
    public Intent? Find(string fileName) => Read(Path.Combine(Root, fileName));

    /// <summary>It is done, unless more was added to it meanwhile.</summary>
    public void Remove(Intent done, OperationPulse pulse)
    {
        using var turn = TurnOf(done, pulse);
        if (Read(PathOf(done)) is { } now && now.IsSame(done))
        {
            _layer.Files.Delete(PathOf(done));
        }
    }

    /// <summary>The right to serve one intent, over all processes; <see langword="null"/> where another one has it.</summary>
    public FileLock? TryTake(Intent intent) => _layer.Directory.TryLock(OwnNames.SendLock + intent.FileName, exclusive: true);

    private void Write(Intent intent, Func<Intent?, Intent?> change, OperationPulse pulse)
    {
        using var turn = TurnOf(intent, pulse);
        var path = PathOf(intent);
        if (change(TryRead(path)) is { } changed)
        {
            StateFile.Replace(_layer.Directory, path, Bounded(changed), flush: false);
        }
    }

    // Marked, and not deleted: whoever is sending it just now finds that, and takes it back.
    private void Withdraw(Intent removal, OperationPulse pulse)
    {
        foreach (var owed in ListSends(pulse).Where(owed => owed.Object == removal.Object || owed.Object.StartsWith($"profiles/{removal.Name}_", StringComparison.Ordinal)))
        {
            Write(owed, static there => there is null ? null : there with { IsWithdrawn = true, Bytes = 0 }, pulse);
        }
    }

    /// <summary>So few keys that it can be read again: the newest.</summary>
    private static byte[] Bounded(Intent intent)
    {
        for (var most = MostKeys; ; most /= 2)
        {
            var keys = intent.Keys is { } all && all.Count > most ? new Dictionary<string, RemoteKey>(all.OrderByDescending(static key => key.Value.FetchedAt).Take(most)) : intent.Keys;
            var bytes = JsonSerializer.SerializeToUtf8Bytes(intent with { Keys = keys }, RemoteJson.Default.Intent);
            if (bytes.Length <= MaxBytes || most == 0)
            {
                return bytes;
            }
        }
    }

    // Between a look at the file and its end another process may add to it. Held for a millisecond; whoever holds it for long hangs, and is not waited for.
    private Turn? TurnOf(Intent intent, OperationPulse pulse) => _layer.Directory.TryTakeTurn(OwnNames.IntentLock + intent.FileName, LockPatience, pulse);

    /// <summary>One that cannot be read says nothing, and keeps none of the others.</summary>
    private Intent? TryRead(string path)
    {
        try
        {
            return Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _layer.Boundary.Report("read what is owed", exception);
            return null;
        }
    }

    /// <summary>A file that says nothing goes when it is older than anything that waits; what a newer version wrote is left to that.</summary>
    private void DeleteDead(string path)
    {
        try
        {
            if (_layer.Files.Stat(path) is { Kind: FileKind.Regular } facts && _layer.Time.GetUtcNow() - facts.Modified > _layer.Settings.Current.Remote.QueueAge && (facts.Length > MaxBytes || !IsOfNewerVersion(path)))
            {
                _layer.Files.Delete(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays.
        }
    }

    private bool IsOfNewerVersion(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(BoundedFile.Read(_layer.Files, path, MaxBytes) ?? []);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("version", out var version) && version.TryGetInt32(out var number) && number > 1;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private string PathOf(Intent intent) => Path.Combine(Root, intent.FileName);

    private Intent? Read(string path)
    {
        if (_layer.Files.Stat(path) is not { } facts)
        {
            return null;
        }

        if (_known.Recall(facts) is { } unchanged)
        {
            return unchanged;
        }

        if (Read(_layer.Files, path) is { } intent)
        {
            _known.Remember(_layer.Files, path, facts, intent);
            return intent;
        }

        return null;
    }

    /// <summary>What a file of the outbox says; <see langword="null"/> where it is not there, or says nothing.</summary>
    public static Intent? Read(FileSystem files, string path)
    {
        try
        {
            return BoundedFile.Read(files, path, MaxBytes) is { } bytes
                && JsonSerializer.Deserialize(bytes, RemoteJson.Default.Intent) is { Version: 1, IsValid: true } intent && intent.FileName == Path.GetFileName(path) ? intent : null;
        }
        catch (JsonException)
        {
            // Torn by a power cut, or newer.
            return null;
        }
    }
}
