using System.Diagnostics.CodeAnalysis;
using SmartCache.Abstractions;

namespace SmartCache.Uploads;

/// <summary>One session's view of one target. A record counts while it is younger than <c>TrustUploads</c>, measured from when the session opened.</summary>
internal sealed class UploadCheckpoint : IUploadCheckpoint
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly UploadTree _tree;
    private readonly ConfirmedContent _content;
    private readonly SessionTally _tally;
    private readonly SessionPolicy _policy;
    private readonly TimeProvider _time;
    private readonly Action _alive;
    private readonly long _trustedSince;
    private readonly bool _trustsItselfOnly;

    public UploadCheckpoint(
        UploadTarget target, UploadTree tree, TargetRecords records, JournalAppender? appender, SessionTally tally, SessionPolicy policy, TimeSpan trust, TimeProvider time, Action alive)
    {
        Target = target;
        Records = records;
        Appender = appender;
        (_tree, _content, _tally, _policy, _time, _alive) = (tree, records.Content, tally, policy, time, alive);
        _trustsItselfOnly = trust <= TimeSpan.Zero;
        _trustedSince = (time.GetUtcNow() - trust).ToUnixTimeSeconds();
    }

    public UploadTarget Target { get; }

    /// <summary>What it is about.</summary>
    public TargetRecords Records { get; }

    public JournalAppender? Appender { get; }

    /// <summary>Whether the target was asked for what it holds.</summary>
    public bool WasAsked { get; set; }

    /// <summary>Why the tree cannot be skipped as a whole.</summary>
    public Reason WhyNotWhole =>
        Records.WhyUnread is { } unread ? unread
        : _tree.Key is not { } key ? CacheReason.TreeNotWhole
        : FindTree() is { } tree
            ? IsFresh(tree) ? default
            : WasAsked ? CacheReason.TargetDoesNotSay
            : new Reason(CacheReason.TooOld, "uploaded longer ago than TrustUploads, and nothing was asked whether it is still there")
        : _content.WasMissed(JournalKind.Tree, key, _tree.FileKeys) ? CacheReason.MissingOnTarget
        : Nothing;

    /// <summary>The reason where a target has no record of the tree as a whole.</summary>
    public static Reason Nothing { get; } = new(CacheReason.NotCached, "no upload of the whole tree is on record");

    /// <summary>CIDs of profiles that this session recorded, by name.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, string> ProfileCids { get; } = new(StringComparer.Ordinal);

    public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid)
    {
        cid = null;
        if (!_policy.Offers || Find(file) is not { } record || !IsFresh(record) || !_tree.IsUnchanged(file))
        {
            return false;
        }

        _tally.Offered(file);
        cid = record.Cid;
        return true;
    }

    public ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
    {
        // A file that changed since it was hashed was perhaps sent with other bytes: that CID does not belong to this hash.
        if (!ContentKey.TryParse(file.Sha256, out var key) || !JournalRecord.IsRecordable(cid) || !_tree.IsUnchanged(file))
        {
            return ValueTask.CompletedTask;
        }

        _tally.Sent(file);
        return KeepAsync([new JournalRecord(JournalKind.File, key, Now) { Length = file.Length, Cid = cid }], cancellationToken);
    }

    public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default)
    {
        if (!JournalRecord.IsRecordable(cid))
        {
            return ValueTask.CompletedTask;
        }

        ProfileCids[profile.Name] = cid;
        var inTree = _tree.Profiles.FirstOrDefault(candidate => candidate.Name == profile.Name);
        var known = inTree is not null ? inTree.Key : ContentKey.TryParse(profile.Hash, out var hash) ? hash : null;
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

        _tally.Forgotten(file);
        var records = new List<JournalRecord> { new(JournalKind.ForgottenFile, key, Now) };

        // What collected the file may have collected the directories above it as well.
        records.AddRange(_tree.Profiles
            .Where(profile => profile.FileKeys.Contains(key))
            .Select(profile => profile.Key)
            .OfType<ContentKey>()
            .Select(profile => new JournalRecord(JournalKind.ForgottenProfile, profile, Now)));
        if (_tree.Key is { } tree && _tree.FileKeys.Contains(key))
        {
            records.Add(new JournalRecord(JournalKind.ForgottenTree, tree, Now));
        }

        return KeepAsync(records, cancellationToken);
    }

    /// <summary>Takes records in, and has them on disk when this completes. A cancelled wait leaves them on their way.</summary>
    public ValueTask KeepAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        List<JournalRecord> applied = [.. records.Select(_content.Apply)];
        _alive();
        if (Appender is null)
        {
            return ValueTask.CompletedTask;
        }

        var kept = Appender.AppendAsync(applied);
        return new ValueTask(cancellationToken.CanBeCanceled ? kept.WaitAsync(cancellationToken) : kept);
    }

    /// <summary>Takes a record in for this session only.</summary>
    public void Trust(JournalRecord record) => _content.Apply(record);

    /// <summary>What is known now, for a record about a question that is asked now.</summary>
    public JournalPosition Asking() => _content.Now();

    /// <summary>Whether a file of the tree was missed since the session began, by anyone, and not confirmed again.</summary>
    public bool IsMissed() => _content.IsMissed(_tree.FileKeys);

    public long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    public JournalRecord? Find(UploadFile file) => ContentKey.TryParse(file.Sha256, out var key) ? _content.File(key, file.Length) : null;

    public JournalRecord? FindTree() => _tree.Key is { } key ? _content.Directory(JournalKind.Tree, key, _tree.FileKeys) : null;

    public JournalRecord? Find(TreeProfile profile) => profile.Key is { } key ? _content.Directory(JournalKind.Profile, key, profile.FileKeys) : null;

    /// <summary>
    /// Whether a record is relied on without asking. One from the future is from a clock that proves nothing. Where nothing is trusted, only what this session learned itself counts:
    /// its second may be that of a record of moments before.
    /// </summary>
    public bool IsFresh(JournalRecord record) =>
        record.UnixTime >= _trustedSince && record.UnixTime <= Now + ClockSkew.TotalSeconds && (!_trustsItselfOnly || record.At is { Own: > 0 });

    public bool Relies(UploadFile file) => Find(file) is { } record && IsFresh(record);

    /// <summary>Bytes of the tree that were ever recorded here, or that are relied on.</summary>
    public long Bytes(bool reliedOn) => Held(reliedOn).Sum(static file => file.Length);

    /// <summary>Those files of the tree: all where the tree as a whole is recorded, whether or not each of them is.</summary>
    public IReadOnlyList<UploadFile> Held(bool reliedOn)
    {
        bool Counts(JournalRecord? record) => record is not null && (!reliedOn || IsFresh(record));
        return Counts(FindTree()) ? _tree.Files : [.. _tree.Files.Where(file => Counts(Find(file)))];
    }
}
