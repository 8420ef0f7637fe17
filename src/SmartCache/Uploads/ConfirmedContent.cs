namespace SmartCache.Uploads;

/// <summary>
/// What one target confirmed of the content that one session asks for; everything else in the journal passes by. Thread-safe.
/// <para>
/// A confirmation says how far into the journal its writer had read. A record that takes it back wins unless the writer had read that record, wherever the
/// two stand and in whatever order they are visited: an answer that was on its way for long, a line written twice, one that waited for room on the disk
/// cannot override what others learned meanwhile. So what is known is a maximum per key, and needs no order of reading.
/// </para>
/// </summary>
internal sealed class ConfirmedContent(IReadOnlySet<ContentKey> wanted)
{
    private readonly ulong[] _prefixes = PrefixesOf(wanted);
    private readonly Lock _gate = new();
    private readonly Dictionary<(JournalKind Subject, ContentKey Key), JournalRecord> _confirmed = [];
    private readonly Dictionary<(JournalKind Subject, ContentKey Key), JournalPosition> _forgotten = [];
    private JournalPosition _end;
    private JournalPosition _opened;
    private JournalPosition? _doubted;
    private long _own;

    public IReadOnlySet<ContentKey> Wanted { get; } = wanted;

    /// <summary>What is known now: a question asked now is answered with this knowledge.</summary>
    public JournalPosition Now()
    {
        lock (_gate)
        {
            return Next();
        }
    }

    /// <summary>The journal was read up to here.</summary>
    public void Advance(JournalPosition end)
    {
        lock (_gate)
        {
            _end = end;
        }
    }

    /// <summary>The session begins: see <see cref="IsMissed"/>.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _opened = Next();
        }
    }

    /// <summary>What stands up to here could not be read. It may take back anything, so nothing counts whose writer had not read on.</summary>
    public void Doubt(JournalPosition upTo)
    {
        lock (_gate)
        {
            _doubted = JournalPosition.Later(_doubted ?? default, upTo);
        }
    }

    /// <summary>Takes in one line of the journal that ends at <paramref name="end"/>.</summary>
    public void Visit(ReadOnlySpan<byte> line, JournalPosition end)
    {
        // Nearly every line is about something else, and is told by four digits.
        if (JournalRecord.PrefixOf(line) is not { } prefix || (_prefixes[prefix >> 6] & (1UL << (prefix & 63))) == 0)
        {
            return;
        }

        if (!JournalRecord.TryPeek(line, out _, out var key) || !Wanted.Contains(key) || JournalRecord.Parse(line) is not { } record)
        {
            return;
        }

        lock (_gate)
        {
            // No writer has read behind its own line, whatever it says.
            Take(record, record.At is { } at && at < end ? at : end);
        }
    }

    /// <summary>Takes in what this session learned.</summary>
    /// <returns>The record with the knowledge it rests on.</returns>
    public JournalRecord Apply(JournalRecord record)
    {
        lock (_gate)
        {
            var at = record.At ?? Next();
            Take(record, at);
            return JournalRecord.IsForgotten(record.Kind) ? record : record with { At = at };
        }
    }

    /// <summary>
    /// Takes in what another host knows, by its time: it never counts as learned by this session, and nothing that was ever missed here counts on its word.
    /// </summary>
    /// <param name="record">A record of another host's journal.</param>
    /// <param name="files">Of a directory: what lies in it.</param>
    public void Learn(JournalRecord record, IEnumerable<ContentKey> files)
    {
        var subject = JournalRecord.SubjectOf(record.Kind);
        lock (_gate)
        {
            var known = Find(subject, record.Key);
            if (JournalRecord.IsForgotten(record.Kind))
            {
                if (known is null || known.UnixTime <= record.UnixTime)
                {
                    Take(record, Next());
                }
            }
            else if ((known is null || known.UnixTime < record.UnixTime)
                && !_forgotten.ContainsKey((subject, record.Key))
                && !files.Any(file => _forgotten.ContainsKey((JournalKind.File, file))))
            {
                Take(record, _end);
            }
        }
    }

    public JournalRecord? File(ContentKey key, long length)
    {
        lock (_gate)
        {
            return Find(JournalKind.File, key) is { } record && record.Length == length ? record : null;
        }
    }

    /// <summary>
    /// The record of a profile or of the tree; <see langword="null"/> also where one of its files was missed on the target later on:
    /// then the target may not hold the directory either, and that the file was sent again does not bring it back.
    /// </summary>
    public JournalRecord? Directory(JournalKind kind, ContentKey key, IEnumerable<ContentKey> files)
    {
        lock (_gate)
        {
            return Find(kind, key) is { } record && files.All(file => ForgottenAt(JournalKind.File, file) <= record.At) ? record : null;
        }
    }

    /// <summary>Whether a directory, or one of its files, was ever missed on the target.</summary>
    public bool WasMissed(JournalKind kind, ContentKey key, IEnumerable<ContentKey> files)
    {
        lock (_gate)
        {
            return _forgotten.ContainsKey((kind, key)) || files.Any(file => _forgotten.ContainsKey((JournalKind.File, file)));
        }
    }

    /// <summary>Whether one of these files was missed since the session began, and not confirmed again.</summary>
    public bool IsMissed(IEnumerable<ContentKey> files)
    {
        lock (_gate)
        {
            return files.Any(file => ForgottenAt(JournalKind.File, file) > _opened && Find(JournalKind.File, file) is null);
        }
    }

    private void Take(JournalRecord record, JournalPosition at)
    {
        var subject = (JournalRecord.SubjectOf(record.Kind), record.Key);
        if (JournalRecord.IsForgotten(record.Kind))
        {
            _forgotten[subject] = JournalPosition.Later(ForgottenAt(subject.Item1, record.Key), at);
        }
        else if (record.Kind != JournalKind.Header && !(_confirmed.TryGetValue(subject, out var known) && known.At > at))
        {
            _confirmed[subject] = record with { At = at };
        }
    }

    private JournalRecord? Find(JournalKind kind, ContentKey key) =>
        _confirmed.TryGetValue((kind, key), out var record) && record.At >= ForgottenAt(kind, key) && !(record.At < _doubted) ? record : null;

    private JournalPosition ForgottenAt(JournalKind subject, ContentKey key) => _forgotten.GetValueOrDefault((subject, key));

    private static ulong[] PrefixesOf(IReadOnlySet<ContentKey> keys)
    {
        var bits = new ulong[(1 << 16) / 64];
        foreach (var key in keys)
        {
            bits[key.A >> 54] |= 1UL << (int)((key.A >> 48) & 63);
        }

        return bits;
    }

    private JournalPosition Next() => _end with { Own = ++_own };
}
