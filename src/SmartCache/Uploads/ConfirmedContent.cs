using System.Collections.Concurrent;

namespace SmartCache.Uploads;

/// <summary>
/// What one target confirmed of the content that one session asks for; everything else in the journal passes by.
/// Fed from the journal and from the session's own confirmations; the newest record about a key counts. Thread-safe.
/// </summary>
internal sealed class ConfirmedContent(IReadOnlySet<ContentKey> wanted)
{
    private readonly ConcurrentDictionary<(JournalKind Subject, ContentKey Key), (JournalRecord Record, long Order)> _known = new();
    private readonly ConcurrentDictionary<ContentKey, long> _missed = new();
    private long _order;

    /// <summary>Takes in one line of the journal.</summary>
    public void Visit(ReadOnlySpan<byte> line, long offset)
    {
        if (JournalRecord.TryPeek(line, out _, out var key) && wanted.Contains(key) && JournalRecord.Parse(line) is { } record)
        {
            Apply(record);
        }
    }

    public void Apply(JournalRecord record)
    {
        // Another process's clock says nothing about order; the journal's order does.
        if (record.Kind != JournalKind.Header)
        {
            var order = Interlocked.Increment(ref _order);
            _known[(SubjectOf(record.Kind), record.Key)] = (record, order);
            if (record.Kind == JournalKind.ForgottenFile)
            {
                _missed[record.Key] = order;
            }
        }
    }

    public JournalRecord? File(ContentKey key, long length) =>
        Find(JournalKind.File, key, out _) is { } record && record.Length == length ? record : null;

    /// <summary>
    /// The record of a profile or of the tree; <see langword="null"/> also where one of its files was missed on the target later on:
    /// then the target may not hold the directory either, and that the file was sent again does not bring it back.
    /// </summary>
    public JournalRecord? Directory(JournalKind kind, ContentKey key, IEnumerable<ContentKey> files)
    {
        if (Find(kind, key, out var order) is not { } record)
        {
            return null;
        }

        foreach (var file in files)
        {
            if (_missed.TryGetValue(file, out var missed) && missed > order)
            {
                return null;
            }
        }

        return record;
    }

    private JournalRecord? Find(JournalKind kind, ContentKey key, out long order)
    {
        if (_known.TryGetValue((kind, key), out var found) && found.Record.Kind == kind)
        {
            order = found.Order;
            return found.Record;
        }

        order = 0;
        return null;
    }

    private static JournalKind SubjectOf(JournalKind kind) => kind switch
    {
        JournalKind.ForgottenFile => JournalKind.File,
        JournalKind.ForgottenProfile => JournalKind.Profile,
        JournalKind.ForgottenTree => JournalKind.Tree,
        _ => kind,
    };
}
