using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class TargetJournalTests
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task Journal_torn_at_any_byte_costs_only_the_torn_record()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Append(layer, Record(1));
        Append(layer, Record(2));
        var path = layer.JournalOf(Target);
        var whole = File.ReadAllBytes(path);
        var secondAt = whole.Length - Record(2).ToLine().Length;

        for (var length = secondAt; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Append(layer, Record(3));

            // With nothing but the closing newline missing the record is whole, and the next one brings that newline.
            var expected = length >= whole.Length - 1 ? new ulong[] { 1, 2, 3 } : [1, 3];
            Keys(layer).Should().Equal(expected, "{0} of {1} bytes were there", length, whole.Length);
        }
    }

    [Fact]
    public async Task Journal_torn_within_its_header_gets_another_one()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Append(layer, Record(1));
        var path = layer.JournalOf(Target);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..50]);

        Append(layer, Record(2));

        var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
        journal.Load(layer.Pulse, (_, _) => { });
        journal.Header!.TargetId.Should().Be("node");
        Keys(layer).Should().Equal(2UL);
    }

    [Fact]
    public async Task Journal_that_is_garbage_is_read_past()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.CreateDirectory(layer.Targets);
        var garbage = new byte[3 << 20];
        new Random(1).NextBytes(garbage);
        garbage.AsSpan(1 << 20, 1 << 20).Replace((byte)'\n', (byte)'x'); // an overlong line too
        File.WriteAllBytes(layer.JournalOf(Target), garbage);

        Append(layer, Record(1));

        Keys(layer).Should().Equal(1UL);
    }

    [Fact]
    public async Task Journal_of_a_newer_version_is_neither_read_nor_written()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.CreateDirectory(layer.Targets);
        var path = layer.JournalOf(Target);
        File.WriteAllBytes(path, [.. (JournalRecord.HeaderOf(Target, 1) with { Version = 2 }).ToLine(), .. Record(1).ToLine()]);
        var before = File.ReadAllBytes(path);

        Append(layer, Record(2));
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(300));

        File.ReadAllBytes(path).Should().Equal(before);
        Keys(layer).Should().BeEmpty();
    }

    [Fact]
    public async Task Journal_that_was_replaced_or_deleted_is_opened_again()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
        Append(layer, Record(1), journal);
        var path = layer.JournalOf(Target);
        File.Copy(path, path + ".new");
        File.Move(path + ".new", path, overwrite: true);
        Append(layer, Record(2), journal);
        Keys(layer).Should().Equal(1UL, 2UL);

        File.Delete(path);
        Append(layer, Record(3), journal);
        Keys(layer).Should().Equal(3UL);
    }

    [Fact]
    public async Task Appender_sees_what_others_appended_meanwhile()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
        var seen = new List<ulong>();
        Append(layer, Record(1), journal, seen);
        Append(layer, Record(2));
        Append(layer, Record(3), journal, seen);

        seen.Should().Equal(1UL, 2UL, 3UL);
    }

    [Fact]
    public async Task Journal_that_is_a_link_or_a_fifo_is_not_written_through()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.CreateDirectory(layer.Targets);
        var victim = Path.Combine(layer.Root, "victim");
        File.WriteAllText(victim, "mine");
        File.CreateSymbolicLink(layer.JournalOf(Target), victim);

        var append = () => Append(layer, Record(1));

        append.Should().Throw<IOException>();
        File.ReadAllText(victim).Should().Be("mine");
    }

    [Fact]
    public void Portable_file_system_appends_at_the_end_too()
    {
        var path = Path.GetTempFileName();
        try
        {
            var portable = new PortableFileSystem();
            portable.AppendsInOneStep.Should().BeFalse();
            using var one = portable.OpenAppend(path, UnixFileMode.None);
            using var two = portable.OpenAppend(path, UnixFileMode.None);
            portable.Append(one, "ab"u8);
            portable.Append(two, "cd"u8);
            portable.Append(one, "ef"u8);
            File.ReadAllText(path).Should().Be("abcdef");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Append_that_was_given_up_writes_nothing_because_its_lines_are_written_again()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
        Append(layer, Record(1), journal);
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        pulse.Abandon();

        var late = () => journal.Append(Record(2).ToLine(), JournalRecord.HeaderOf(Target, 1), pulse, null);

        late.Should().Throw<OperationCanceledException>();
        Keys(layer).Should().Equal(1UL);
    }

    private static JournalRecord Record(ulong key) =>
        new(JournalKind.File, new ContentKey(key, 0, 0, 0), DateTimeOffset.UtcNow.ToUnixTimeSeconds()) { Cid = "bafy", Length = 1 };

    private static void Append(UploadLayer layer, JournalRecord record, TargetJournal? journal = null, List<ulong>? seen = null)
    {
        var own = journal ?? new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
        JournalLine? visit = seen is null ? null : (line, _) =>
        {
            if (JournalRecord.Parse(line) is { Kind: JournalKind.File } found)
            {
                seen.Add(found.Key.A);
            }
        };
        own.Append(record.ToLine(), JournalRecord.HeaderOf(Target, 1), layer.Pulse, visit);
        if (journal is null)
        {
            own.Dispose();
        }
    }

    private static List<ulong> Keys(UploadLayer layer)
    {
        var keys = new List<ulong>();
        new TargetJournal(layer.Layer, TargetName.Of(Target).Short).Load(layer.Pulse, (line, _) =>
        {
            if (JournalRecord.Parse(line) is { Kind: JournalKind.File } record)
            {
                keys.Add(record.Key.A);
            }
        });
        return keys;
    }
}
