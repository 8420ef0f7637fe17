using System.Text;
using SmartCache.Storage;
using SmartCache.Uploads;

namespace SmartCache.Fuzz.Targets;

/// <summary>Journals of targets: every line is a record or nothing, and compacting one loses none that counts.</summary>
internal sealed class JournalTarget : IFuzzTarget
{
    private const string Journal = "0123456789abcdef0123456789abcdef";

    private readonly FuzzCache _cache;
    private readonly LayerDirectory _layer;
    private readonly byte[] _valid;
    private readonly byte[] _richer;

    public JournalTarget(string home, FuzzCorpus corpus)
    {
        _cache = new FuzzCache(home);
        _layer = new LayerDirectory("uploads", _cache.Settings.Current.UploadsDirectory, _cache.Settings);
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
        Directory.CreateDirectory(TargetJournal.DirectoryOf(_layer));
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

        var path = Path.Combine(TargetJournal.DirectoryOf(_layer), Journal + ".journal");
        File.WriteAllBytes(path, bytes);
        var before = Live();
        if (random.Chance(50))
        {
            var pulse = OperationPulse.Unwatched(CancellationToken.None);
            var outcome = new JournalCompaction(_layer, Journal, DateTimeOffset.UnixEpoch).Run(pulse);
            FuzzFailureException.Unless((outcome == JournalCompaction.Outcome.Deleted) == !File.Exists(path), "the journal's end is not what was said");
            FuzzFailureException.Unless(before.SequenceEqual(Live()), $"compacting ({outcome}) changed what is confirmed");
        }

        File.Delete(path);
    }

    /// <summary>What counts: the last word on each subject.</summary>
    private SortedDictionary<string, string> Live()
    {
        var live = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var journal = new TargetJournal(_layer, Journal);
        journal.Load(OperationPulse.Unwatched(CancellationToken.None), (line, _) =>
        {
            if (JournalRecord.Parse(line) is not { } record || record.Kind == JournalKind.Header)
            {
                return;
            }

            var written = record.ToLine();
            var again = JournalRecord.Parse(written.AsSpan(1, written.Length - 2));
            FuzzFailureException.Unless(
                again is not null && again.Kind == record.Kind && again.Key == record.Key && again.UnixTime == record.UnixTime && again.Cid == record.Cid && again.Length == record.Length
                && again.Seconds.Equals(record.Seconds) && again.Verified == record.Verified && again.ProfileCids.Order().SequenceEqual(record.ProfileCids.Order()),
                $"a parsed record does not come back as it was: {record}");
            var subject = $"{char.ToUpperInvariant((char)record.Kind)} {record.Key}";
            if (char.IsAsciiLetterLower((char)record.Kind) || record.UnixTime < 0)
            {
                live.Remove(subject);
            }
            else
            {
                live[subject] = Encoding.ASCII.GetString(written);
            }
        });
        return live;
    }
}
