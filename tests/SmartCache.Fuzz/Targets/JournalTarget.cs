using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Fuzz.Targets;

/// <summary>Journals of targets: every line is a record or nothing, and sorting a part loses none that counts.</summary>
internal sealed class JournalTarget : IFuzzTarget
{
    private readonly string _name = TargetName.Of(FuzzStages.Target).Short;
    private readonly JournalPart _closed = new(new DateOnly(2026, 1, 1), 0);

    private readonly FuzzCache _cache;
    private readonly LayerDirectory _layer;
    private readonly byte[] _valid;
    private readonly byte[] _richer;

    public JournalTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _layer = new LayerDirectory("uploads", _cache.Settings.Current.UploadsDirectory, () => _cache.Settings.Current, FileSystem.Current);
        _layer.EnsureOpen();
        _valid = corpus.Of(".journal")[0];
        var lines = new List<byte>();
        for (var i = 0; i < 12; i++)
        {
            var key = new ContentKey((ulong)i % 4, 1, 2, 3);
            JournalKind[] kinds = [JournalKind.File, JournalKind.Profile, JournalKind.Tree, JournalKind.ForgottenFile, JournalKind.ForgottenProfile, JournalKind.ForgottenTree, (JournalKind)'Z'];
            lines.AddRange(new JournalRecord(kinds[i % kinds.Length], key, 1_700_000_000 + i) { Cid = "bafy" + i, Length = i, Seconds = i, ProfileCids = new Dictionary<string, string> { ["a b=c\n"] = "bafy%" } }.ToLine());
        }

        _richer = [.. JournalRecord.HeaderOf(FuzzStages.Target, 1_700_000_000).ToLine(), .. lines];
        Directory.CreateDirectory(JournalFiles.DirectoryOf(_layer, _name));
    }

    public string Name => "journal";

    public int Weight => 20;

    public void Dispose()
    {
        _layer.Dispose();
        _cache.Dispose();
    }

    public void Run(FuzzRandom random)
    {
        var bytes = ByteMutator.Mutate(random.Chance(50) ? _valid : _richer, _richer, random);
        if (random.Chance(1))
        {
            bytes = [.. bytes, .. Encoding.ASCII.GetBytes(new string('x', random.Pick([1000, JournalReader.MaxLine, JournalReader.MaxLine + 1, 3 << 20]))), .. _richer];
        }

        var path = JournalFiles.PathOf(_layer, _name, _closed);
        File.WriteAllBytes(path, bytes);
        File.WriteAllBytes(JournalFiles.PathOf(_layer, _name, _closed.Next), JournalRecord.HeaderOf(FuzzStages.Target, 1_700_000_000).ToLine());
        var keys = KeysIn(bytes);
        var before = Live(keys);
        if (random.Chance(50))
        {
            var sorted = new PartSorting(_layer, _name, _closed, DateTimeOffset.UtcNow).Run(OperationPulse.Unwatched(CancellationToken.None));
            FuzzFailureException.Unless(before.SequenceEqual(Live(keys)), $"sorting ({sorted}) changed what is confirmed");
            foreach (var key in keys.Take(4))
            {
                FuzzFailureException.Unless(Live([key]).All(found => before.Contains(found)) && Live([key]).Count == before.Count(found => found.Contains(key.ToString(), StringComparison.Ordinal)), "one key is found otherwise than many");
            }

            if (random.Chance(50))
            {
                // A sorted one that is damaged: whatever it says now, looking for one key and for all says the same where the table is whole, and never throws.
                File.WriteAllBytes(path, ByteMutator.Mutate(File.ReadAllBytes(path), _richer, random));
                Live(keys);
            }
        }

        File.Delete(path);
    }

    /// <summary>The keys that its records are about; what is parsed comes back as it was.</summary>
    private static HashSet<ContentKey> KeysIn(byte[] bytes)
    {
        var keys = new HashSet<ContentKey>();
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            if (range.End.Value - range.Start.Value > JournalReader.MaxLine || JournalRecord.Parse(bytes.AsSpan(range)) is not { } record || record.Kind == JournalKind.Header)
            {
                continue;
            }

            keys.Add(record.Key);
            var written = record.ToLine();
            var again = JournalRecord.Parse(written.AsSpan(1, written.Length - 2));
            FuzzFailureException.Unless(
                again is not null && again.Kind == record.Kind && again.Key == record.Key && again.UnixTime == record.UnixTime && again.Cid == record.Cid && again.Length == record.Length
                && again.At == record.At && again.Seconds.Equals(record.Seconds) && again.Verified == record.Verified && again.ProfileCids.Order().SequenceEqual(record.ProfileCids.Order()),
                $"a parsed record does not come back as it was: {record}");
        }

        return keys;
    }

    /// <summary>What counts.</summary>
    private List<string> Live(HashSet<ContentKey> keys)
    {
        var content = new ConfirmedContent(keys);
        using var journal = new TargetJournal(_layer, _name, TargetName.Of(FuzzStages.Target).Key, TimeProvider.System);
        journal.Follow(OperationPulse.Unwatched(CancellationToken.None), content);
        return
        [
            .. from key in keys
               from kind in (JournalKind[])[JournalKind.File, JournalKind.Profile, JournalKind.Tree]
               let record = content.Directory(kind, key, [])
               where record is not null
               let text = $"{kind} {key} {record.Cid} {record.UnixTime}"
               orderby text
               select text,
        ];
    }
}
