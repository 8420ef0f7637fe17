using System.Buffers;

namespace SmartCache.Storage;

/// <summary>
/// The names that the cache gives, by the directory that they lie in: the one place that decides whether something may be deleted or moved.
/// Whatever has another name was put there by somebody else and is left alone.
/// </summary>
internal static class OwnNames
{
    /// <summary>Of the file that says what a directory is: that of the Cache Directory Tagging Specification.</summary>
    public const string Marker = "CACHEDIR.TAG";

    /// <summary>So much of a writer's id stands in the names of what it moved away.</summary>
    public const int ShortWriter = 8;

    /// <summary>Begins the name of a marker in the making; a GUID follows.</summary>
    public const string TemporaryMarker = ".CACHEDIR.TAG.";

    /// <summary>Begin the names of locks in <c>locks/</c>: of an entry's leases, of a living writer; and of the marker that condemns an entry.</summary>
    public const string EntryLock = "entry-";
    public const string WriterLock = "writer-";
    public const string Condemned = "condemned-";

    /// <summary>Begins the name of the lock of whoever changes what is known of a content.</summary>
    public const string FactsLock = "facts-";

    /// <summary>Begins the name of the lock of whoever replaces an entry's manifest.</summary>
    public const string ManifestLock = "manifest-";

    /// <summary>Begins the name of the lock of whoever sends an entry to the remote store.</summary>
    public const string SendLock = "send-";

    /// <summary>Begins the name of the lock of whoever changes what is owed of an entry.</summary>
    public const string IntentLock = "intent-";

    /// <summary>Begins the name of what is to be deleted in the remote store.</summary>
    public const string Removal = "removal-";

    /// <summary>Ends the name of a file of the history; a number stands before it.</summary>
    public const string HistoryFile = ".events";

    /// <summary>The journal beside the parts of an encode.</summary>
    public const string PartsJournal = "parts.journal";

    /// <summary>Digits of the id of an attempt at an encode.</summary>
    public const int AttemptLength = 16;

    private const int HashLength = KeyPreimage.NameLength;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> JobCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Locks that nobody needs while nobody holds them, and what follows their prefix. Entries have theirs as long as they are there.</summary>
    private static readonly (string Prefix, Func<string, bool> IsRest)[] PassingLocks =
    [
        (WriterLock, IsHash),
        ("make-", IsEntry),
        ("join-", IsEntry),
        ("key-", IsHash),
        (FactsLock, IsHash),
        (ManifestLock, IsEntry),
        ("job-", IsJob),
        ("journal-", IsHash),
        (SendLock, IsIntent),
        (IntentLock, IsIntent),
    ];

    /// <summary>What every layer may have at its top, beside its entries and its jobs.</summary>
    public static IReadOnlyList<string> OfLayers { get; } = ["locks", "staging", "trash", "quarantine", "keys", "facts", "ahead", "partials", "targets", "metadata.json", "verification.json"];

    /// <summary>What the remote tier has at its top.</summary>
    public static IReadOnlyList<string> OfRemote { get; } = ["outbox", "breaker-reads", "breaker-writes", "store"];

    /// <summary>The layers, whose directories may lie elsewhere and bear a marker of their own.</summary>
    public static bool IsLayer(string name) => name is "sources" or "profiles" or "uploads";

    /// <summary>What else the root holds.</summary>
    public static bool IsInRoot(string name) => IsLayer(name) || name is "quota" or "history" or "remote";

    /// <summary>What the cache makes at the top of a layer's directory, or of the root.</summary>
    public static bool IsAtTop(string name) => IsInRoot(name) || IsEntry(name) || IsJobFile(name) || OfLayers.Contains(name) || OfRemote.Contains(name);

    /// <summary>What lies in a directory that counts as empty: names of the file system and of whoever made it, and a marker in the making.</summary>
    public static bool MayBeInEmptyDirectory(string name) => name is "lost+found" or "DISABLED" || name.StartsWith('.');

    public static bool IsTemporaryMarker(string name) => name.StartsWith(TemporaryMarker, StringComparison.Ordinal) && IsHash(name[TemporaryMarker.Length..]);

    /// <summary>An entry of <c>sources/</c> or <c>profiles/</c>: one hash, or two.</summary>
    public static bool IsEntry(string name) =>
        IsHash(name) || (name.Length == (2 * HashLength) + 1 && name[HashLength] == '_' && IsHash(name[..HashLength]) && IsHash(name[(HashLength + 1)..]));

    /// <exception cref="ArgumentException">It is none.</exception>
    public static void RequireEntry(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsEntry(name))
        {
            throw new ArgumentException("The name of an entry is 32 hexadecimal digits, of a profile twice 32 with an underscore between them.", nameof(name));
        }
    }

    /// <summary>A writer's directory in <c>staging/</c>. All that is in it is that writer's.</summary>
    public static bool IsWriter(string name) => IsHash(name);

    /// <summary>A record in <c>keys/</c> or <c>facts/</c>, a reservation in <c>quota/</c>.</summary>
    public static bool IsRecord(string name) => Cut(name, ".json") is { } hash && IsHash(hash);

    /// <summary>A partial download in <c>partials/</c>, or what its downloader keeps beside it.</summary>
    public static bool IsPartial(string name) => name.Length >= HashLength && IsHash(name[..HashLength]) && (name.Length == HashLength || name[HashLength] == '.');

    /// <summary>A part of an encode in <c>partials/{profile}/</c>: who made it, and a number.</summary>
    public static bool IsPart(string name) =>
        Cut(name, ".part") is { Length: > AttemptLength } stem && stem[AttemptLength] == '-' && IsHex(stem.AsSpan(0, AttemptLength)) && IsNumber(stem[(AttemptLength + 1)..]);

    /// <summary>The view of a job in <c>uploads/</c>.</summary>
    public static bool IsJobFile(string name) => Cut(name, ".json") is { } job && IsJob(job);

    /// <summary>A file of the history in <c>history/</c>.</summary>
    public static bool IsHistoryFile(string name) => Cut(name, HistoryFile) is { Length: 8 or 9 } stem && IsNumber(stem);

    /// <summary>An entry that is owed to the remote store, or is to be deleted there, in <c>remote/outbox/</c>.</summary>
    public static bool IsIntent(string name) => IsOwed(name) || IsRemoval(name);

    /// <summary>One that is to be deleted there.</summary>
    public static bool IsRemoval(string name) => After(Removal, name) is { } owed && IsOwed(owed);

    /// <summary>Something in <c>trash/</c> or <c>quarantine/</c>: the name it had, its mover's first digits, and a number.</summary>
    public static bool IsPutAside(string name)
    {
        var number = name.LastIndexOf('.');
        var writer = number - ShortWriter;
        return writer > 1 && name[writer - 1] == '.'
            && IsNumber(name[(number + 1)..]) && IsHex(name.AsSpan(writer, ShortWriter))
            && name[..(writer - 1)] is var had && (IsEntry(had) || IsNumber(had) || IsPutAside(had));
    }

    /// <summary>Which entry a lock in <c>locks/</c> is of; <see langword="null"/> where it is none of an entry.</summary>
    public static string? EntryOfLock(string name) => After(EntryLock, name) is { } entry && IsEntry(entry) ? entry : null;

    /// <summary>Which entry a marker in <c>locks/</c> condemns.</summary>
    public static string? EntryOfMarker(string name) => After(Condemned, name) is { } entry && IsEntry(entry) ? entry : null;

    /// <summary>Whose lock in <c>locks/</c> this is; <see langword="null"/> where it is no writer's.</summary>
    public static string? WriterOfLock(string name) => After(WriterLock, name) is { } writer && IsWriter(writer) ? writer : null;

    /// <summary>A lock in <c>locks/</c> of something that comes and goes. The few that a layer always has are none.</summary>
    public static bool IsLock(string name) => EntryOfLock(name) is not null || PassingLocks.Any(form => After(form.Prefix, name) is { } rest && form.IsRest(rest));

    /// <summary>Whether the cache gives such a name anywhere: to a directory, a file or a lock. For texts; it decides nothing about a file.</summary>
    public static bool IsGiven(string name) =>
        IsAtTop(name) || IsLock(name) || EntryOfMarker(name) is not null || IsRecord(name) || IsHistoryFile(name) || IsIntent(name) || IsPutAside(name) || IsTemporaryMarker(name) || IsPart(name)
        || name is PartsJournal or Marker or Manifest.FileName or "account.json" or "files" or "account" or "evictor" or "tombstones" or "verifier";

    public static bool IsHash(string name) => name.Length == HashLength && IsHex(name);

    private static bool IsOwed(string name) => (After("sources-", name) is { } source && IsHash(source)) || (After("profiles-", name) is { } profile && !IsHash(profile) && IsEntry(profile));

    private static bool IsJob(string name)
    {
        const int hash = 16;
        var dash = name.Length - hash - 1;
        return dash is >= 0 and <= 40 && name[dash] == '-' && IsHex(name.AsSpan(dash + 1)) && name.AsSpan(0, dash).IndexOfAnyExcept(JobCharacters) < 0;
    }

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(HexDigits);

    private static bool IsNumber(string text) => text.Length is > 0 and <= 19 && text.All(char.IsAsciiDigit);

    private static string? After(string prefix, string name) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private static string? Cut(string name, string end) => name.EndsWith(end, StringComparison.Ordinal) ? name[..^end.Length] : null;
}
