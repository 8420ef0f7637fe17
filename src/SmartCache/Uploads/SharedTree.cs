namespace SmartCache.Uploads;

/// <summary>
/// What the hosts of a pool know of one tree on all its targets: lines as in a journal, a header before those of each target. Hosts compare nothing but the times of their
/// records: the later one counts, and of two of one second the one that takes back.
/// </summary>
internal sealed class SharedTree
{
    private const int MostTargets = 16;

    private readonly Dictionary<ContentKey, JournalRecord> _headers = [];
    private readonly Dictionary<(ContentKey Target, JournalKind Subject, ContentKey Key), JournalRecord> _records = [];

    /// <summary>Whether a newer version wrote it: it is left alone.</summary>
    public bool IsNewer { get; private set; }

    /// <summary>Those that say how they are called.</summary>
    public IEnumerable<UploadTarget> Targets => _headers.Values
        .Where(static header => header.TargetId.Length > 0)
        .Select(static header => (header, Target: new UploadTarget(header.TargetId, header.ImportParameters)))
        .Where(static named => TargetName.Of(named.Target).Key == named.header.Key)
        .Select(static named => named.Target);

    /// <summary>The object of a tree.</summary>
    public static string ObjectOf(ContentKey tree) => $"confirmations/{tree.ToString()[..TargetName.ShortLength]}";

    /// <summary>Reads one. Damaged lines, and what is about other content, are passed by.</summary>
    public static SharedTree Parse(ReadOnlySpan<byte> bytes, IReadOnlySet<ContentKey> wanted)
    {
        var tree = new SharedTree();
        JournalRecord? header = null;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            if (JournalRecord.Parse(bytes[range]) is not { } record)
            {
                continue;
            }

            if (record.Kind == JournalKind.Header)
            {
                header = record;
                tree.IsNewer |= record.Version > JournalRecord.FormatVersion;
                tree.Add(record);
            }
            else if (header is not null && wanted.Contains(record.Key))
            {
                tree.Take(header, record);
            }
        }

        return tree;
    }

    /// <summary>Takes over what is there of a target, as what was recorded: with its time, by which it is trusted or asked about.</summary>
    public void TellTo(ConfirmedContent content, TargetName target, HashedTree tree)
    {
        foreach (var ((_, subject, key), record) in _records.Where(one => one.Key.Target == target.Key))
        {
            content.Learn(record, subject switch
            {
                JournalKind.Tree => tree.FileKeys,
                JournalKind.Profile => tree.Profiles.FirstOrDefault(profile => profile.Key == key)?.FileKeys ?? [],
                _ => [],
            });
        }
    }

    /// <summary>Adds what this host knows of a target.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool Add(JournalRecord header, IEnumerable<JournalRecord> records)
    {
        Add(header);
        var changed = false;
        foreach (var record in records)
        {
            changed |= Take(header, record with { At = null });
        }

        return changed;
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        foreach (var records in _records.GroupBy(static one => one.Key.Target, static one => one.Value).OrderBy(static records => records.Key))
        {
            bytes.Write(_headers[records.Key].ToLine());
            foreach (var record in records)
            {
                bytes.Write(record.ToLine());
            }
        }

        return bytes.ToArray();
    }

    private void Add(JournalRecord header)
    {
        if (_headers.Count < MostTargets)
        {
            _headers.TryAdd(header.Key, header with { At = null, Table = null });
        }
    }

    private bool Take(JournalRecord header, JournalRecord record)
    {
        var key = (header.Key, JournalRecord.SubjectOf(record.Kind), record.Key);
        if (!_headers.ContainsKey(header.Key)
            || (_records.TryGetValue(key, out var known) && (known.UnixTime > record.UnixTime || (known.UnixTime == record.UnixTime && !(JournalRecord.IsForgotten(record.Kind) && !JournalRecord.IsForgotten(known.Kind))))))
        {
            return false;
        }

        _records[key] = record with { At = null };
        return true;
    }
}
