using System.Diagnostics.CodeAnalysis;
using SmartCache.Abstractions;

namespace SmartCache.Uploads;

/// <summary>One session's view of one target.</summary>
internal sealed class UploadCheckpoint(
    UploadTarget target, HashedTree tree, TargetRecords records, SessionTally tally, SessionPolicy policy, RecordTrust trust, Action alive) : IUploadCheckpoint
{
    private readonly ConfirmedContent _content = records.Content;

    public UploadTarget Target => target;

    /// <summary>What it is about.</summary>
    public TargetRecords Records => records;

    /// <summary>Whether the target was asked for what it holds.</summary>
    public bool WasAsked { get; set; }

    /// <summary>Why the tree cannot be skipped as a whole.</summary>
    public Reason WhyNotWhole =>
        Records.WhyUnread is { } unread ? unread
        : tree.Key is not { } key ? CacheReason.TreeNotWhole
        : FindTree() is { } whole
            ? IsFresh(whole) ? default
            : WasAsked ? CacheReason.TargetDoesNotSay
            : new Reason(CacheReason.TooOld, "uploaded longer ago than TrustUploads, and nothing was asked whether it is still there")
        : _content.WasMissed(JournalKind.Tree, key, tree.FileKeys) ? CacheReason.MissingOnTarget
        : Nothing;

    /// <summary>The reason where a target has no record of the tree as a whole.</summary>
    public static Reason Nothing { get; } = new(CacheReason.NotCached, "no upload of the whole tree is on record");

    /// <summary>CIDs of profiles that this session recorded, by name.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, string> ProfileCids { get; } = new(StringComparer.Ordinal);

    public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid)
    {
        cid = null;
        if (!policy.Offers || Find(file) is not { } record || !IsFresh(record) || !tree.IsUnchanged(file))
        {
            return false;
        }

        tally.Offered(file);
        cid = record.Cid;
        return true;
    }

    public ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
    {
        // A file that changed since it was hashed was perhaps sent with other bytes: that CID does not belong to this hash.
        if (!ContentKey.TryParse(file.Sha256, out var key) || !JournalRecord.IsRecordable(cid) || !tree.IsUnchanged(file))
        {
            return ValueTask.CompletedTask;
        }

        tally.Sent(file);
        return KeepAsync([new JournalRecord(JournalKind.File, key, Now) { Length = file.Length, Cid = cid }], cancellationToken);
    }

    public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default)
    {
        if (!JournalRecord.IsRecordable(cid))
        {
            return ValueTask.CompletedTask;
        }

        ProfileCids[profile.Name] = cid;
        var inTree = tree.Profiles.FirstOrDefault(candidate => candidate.Name == profile.Name);
        var known = inTree is not null ? inTree.Key : ContentKey.TryParse(profile.ContentHash, out var hash) ? hash : null;
        return known is { } key && !_content.IsMissed(inTree?.FileKeys ?? [])
            ? KeepAsync([new JournalRecord(JournalKind.Profile, key, Now) { Cid = cid }], cancellationToken)
            : ValueTask.CompletedTask;
    }

    public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default)
    {
        if (!ContentKey.TryParse(file.Sha256, out var key))
        {
            return ValueTask.CompletedTask;
        }

        tally.Forgotten(file);
        var forgotten = new List<JournalRecord> { new(JournalKind.ForgottenFile, key, Now) };

        // What collected the file may have collected the directories above it as well.
        forgotten.AddRange(tree.Profiles
            .Where(profile => profile.FileKeys.Contains(key))
            .Select(profile => profile.Key)
            .OfType<ContentKey>()
            .Select(profile => new JournalRecord(JournalKind.ForgottenProfile, profile, Now)));
        if (tree.Key is { } whole && tree.FileKeys.Contains(key))
        {
            forgotten.Add(new JournalRecord(JournalKind.ForgottenTree, whole, Now));
        }

        return KeepAsync(forgotten, cancellationToken);
    }

    /// <summary>Takes records in, and has them on disk when this completes. A cancelled wait leaves them on their way.</summary>
    public ValueTask KeepAsync(IReadOnlyList<JournalRecord> news, CancellationToken cancellationToken)
    {
        if (news.Count == 0)
        {
            return ValueTask.CompletedTask;
        }

        List<JournalRecord> applied = [.. news.Select(_content.Apply)];
        alive();
        if (records.Appender is not { } appender)
        {
            return ValueTask.CompletedTask;
        }

        var kept = appender.AppendAsync(applied);
        return new ValueTask(cancellationToken.CanBeCanceled ? kept.WaitAsync(cancellationToken) : kept);
    }

    /// <summary>Takes a record in for this session only.</summary>
    public void Trust(JournalRecord record) => _content.Apply(record);

    /// <summary>What is known now, for a record about a question that is asked now.</summary>
    public JournalPosition Asking() => _content.Now();

    /// <summary>Whether a file of the tree was missed since the session began, by anyone, and not confirmed again.</summary>
    public bool IsMissed() => _content.IsMissed(tree.FileKeys);

    public long Now => trust.Now;

    public JournalRecord? Find(UploadFile file) => ContentKey.TryParse(file.Sha256, out var key) ? _content.File(key, file.Length) : null;

    public JournalRecord? FindTree() => tree.Key is { } key ? _content.Directory(JournalKind.Tree, key, tree.FileKeys) : null;

    public JournalRecord? Find(TreeProfile profile) => profile.Key is { } key ? _content.Directory(JournalKind.Profile, key, profile.FileKeys) : null;

    /// <summary>All that is known of the tree, for other hosts: what is missed and was not confirmed again is missed now.</summary>
    public IReadOnlyList<JournalRecord> Told()
    {
        var told = new Dictionary<(JournalKind, ContentKey), JournalRecord>();
        void Tell(JournalKind subject, JournalKind forgotten, ContentKey? wanted, JournalRecord? record, IEnumerable<ContentKey> files)
        {
            if (wanted is { } key && (record ?? (_content.WasMissed(subject, key, files) ? new JournalRecord(forgotten, key, Now) : null)) is { } known)
            {
                told[(subject, key)] = known;
            }
        }

        foreach (var file in tree.Files)
        {
            Tell(JournalKind.File, JournalKind.ForgottenFile, ContentKey.TryParse(file.Sha256, out var key) ? key : null, Find(file), []);
        }

        foreach (var profile in tree.Profiles)
        {
            Tell(JournalKind.Profile, JournalKind.ForgottenProfile, profile.Key, Find(profile), profile.FileKeys);
        }

        Tell(JournalKind.Tree, JournalKind.ForgottenTree, tree.Key, FindTree(), tree.FileKeys);
        return [.. told.Values];
    }

    /// <summary>Whether a record is relied on without asking.</summary>
    public bool IsFresh(JournalRecord record) => trust.Covers(record);

    public bool Relies(UploadFile file) => Find(file) is { } record && IsFresh(record);

    /// <summary>Bytes of the tree that were ever recorded here, or that are relied on.</summary>
    public long Bytes(bool reliedOn) => Held(reliedOn).Sum(static file => file.Length);

    /// <summary>Those files of the tree: all where the tree as a whole is recorded, whether or not each of them is.</summary>
    public IReadOnlyList<UploadFile> Held(bool reliedOn)
    {
        bool Counts(JournalRecord? record) => record is not null && (!reliedOn || IsFresh(record));
        return Counts(FindTree()) ? tree.Files : [.. tree.Files.Where(file => Counts(Find(file)))];
    }
}
