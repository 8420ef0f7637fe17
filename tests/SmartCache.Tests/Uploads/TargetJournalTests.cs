using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class TargetJournalTests
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task Journal_torn_at_any_byte_costs_only_the_torn_record()
    {
        await using var layer = Open();
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
        await using var layer = Open();
        Append(layer, Record(1));
        var path = layer.JournalOf(Target);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..50]);

        Append(layer, Record(2));

        var journal = Journal(layer);
        journal.Follow(layer.Pulse, new ConfirmedContent(new HashSet<ContentKey>()));
        journal.Header!.TargetId.Should().Be("node");
        Keys(layer).Should().Equal(2UL);
    }

    [Theory, Trait("Found", "M3d")]
    [InlineData(20, 1)]
    [InlineData(40, 1)]
    [InlineData(0, 1000)]
    public async Task Small_part_with_a_damaged_header_takes_back_what_it_may_have_taken_back(int from, int count)
    {
        await using var layer = Open();
        Append(layer, Record(1));
        layer.ClosePart(Target);
        Append(layer, new JournalRecord(JournalKind.ForgottenFile, Record(1).Key, Record(1).UnixTime));
        var damaged = layer.JournalOf(Target);
        var bytes = File.ReadAllBytes(damaged);
        bytes.AsSpan(from, Math.Min(count, bytes.Length)).Clear();
        File.WriteAllBytes(damaged, bytes);

        Keys(layer).Should().BeEmpty("the target has said that it lacks the file");

        Append(layer, Record(2));
        Keys(layer).Should().Equal(2UL);
        File.ReadAllBytes(damaged).Should().Equal(bytes, "what nobody can read is not written to");
    }

    [Fact, Trait("Found", "M3d")]
    public async Task Header_torn_at_any_byte_puts_no_earlier_part_in_doubt()
    {
        await using var layer = Open();
        Append(layer, Record(1));
        layer.ClosePart(Target);
        var newest = layer.JournalOf(Target);
        var header = File.ReadAllBytes(newest);
        for (var length = 0; length < header.Length; length++)
        {
            File.WriteAllBytes(newest, header[..length]);
            Keys(layer).Should().Equal([1UL], "{0} of {1} bytes were there", length, header.Length);

            File.AppendAllBytes(newest, header[..length]);
            Keys(layer).Should().Equal([1UL], "{0} of {1} bytes were there twice", length, header.Length);
        }
    }

    [Fact]
    public async Task Part_that_is_garbage_is_left_and_the_next_one_begun()
    {
        await using var layer = Open();
        var garbage = new byte[3 << 20];
        new Random(1).NextBytes(garbage);
        Directory.CreateDirectory(Path.GetDirectoryName(layer.JournalOf(Target))!);
        var path = layer.JournalOf(Target);
        File.WriteAllBytes(path, garbage);

        Append(layer, Record(1));

        Keys(layer).Should().Equal(1UL);
        File.ReadAllBytes(path).Should().Equal(garbage);
        layer.PartsOf(Target).Should().HaveCount(2);
    }

    [Fact]
    public async Task Overlong_line_costs_only_itself()
    {
        await using var layer = Open();
        Append(layer, Record(1));
        File.AppendAllText(layer.JournalOf(Target), "\n" + new string('x', 2 << 20));

        Append(layer, Record(2));

        Keys(layer).Should().Equal(1UL, 2UL);
    }

    [Fact, Trait("Found", "M27d")]
    public async Task Journal_of_a_newer_version_is_neither_read_nor_written_which_is_said_once_and_lasts_until_the_next_day()
    {
        await using var layer = Open();
        var tree = layer.Tree("tree", ("a", "a"));
        await layer.RecordAllAsync("job", tree, Target);
        layer.ClosePart(Target);
        var newer = layer.JournalOf(Target);
        File.WriteAllBytes(newer, (JournalRecord.HeaderOf(Target, 1) with { Version = 2 }).ToLine());
        var before = File.ReadAllBytes(newer);

        for (var upload = 0; upload < 2; upload++)
        {
            await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target });
            UploadSessionTests.Offered(session, Target).Should().BeEmpty("the newer version may have taken it back");
            await session.For(Target).RecordFileAsync(session.Files[0], "cid");
            UploadSessionTests.Offered(session, Target).Should().Equal("a");
        }

        layer.Log.Should().ContainSingle(line => line.StartsWith("324 ", StringComparison.Ordinal));
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(300));
        File.ReadAllBytes(newer).Should().Equal(before);

        layer.Time.Shift = TimeSpan.FromDays(1);
        await layer.RecordAllAsync("job", tree, Target);
        await using var resumed = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target });
        UploadSessionTests.Offered(resumed, Target).Should().Equal("a");
    }

    [Fact]
    public async Task Part_that_was_deleted_is_begun_again()
    {
        await using var layer = Open();
        using var journal = Journal(layer);
        Append(layer, Record(1), journal);
        File.Delete(layer.JournalOf(Target));

        Append(layer, Record(2), journal);

        Keys(layer).Should().Equal(2UL);
    }

    [Fact]
    public async Task Part_that_was_deleted_and_begun_by_another_is_noticed()
    {
        await using var layer = Open();
        using var journal = Journal(layer);
        Append(layer, Record(1), journal);
        File.Delete(layer.JournalOf(Target));
        Append(layer, Record(2));

        Append(layer, Record(3), journal);

        Keys(layer).Should().Equal(2UL, 3UL);
    }

    [Fact]
    public async Task Appender_sees_what_others_appended_meanwhile()
    {
        await using var layer = Open();
        using var journal = Journal(layer);
        var content = Everything();
        Append(layer, Record(1), journal, content);
        Append(layer, Record(4), journal, content);
        Found(content).Should().NotContain(4UL, "nobody else had written, and one's own is known");
        Append(layer, Record(2));
        Append(layer, Record(3), journal, content);

        Found(content).Should().Equal(1UL, 2UL, 3UL);
    }

    [Fact]
    public async Task Record_written_to_a_day_that_another_had_just_closed_is_written_again_to_the_new_one()
    {
        await using var layer = Open();
        using var journal = Journal(layer);
        Append(layer, Record(1), journal);
        var today = layer.PartsOf(Target).Single();
        var tomorrow = today with { Day = today.Day.AddDays(1) };
        File.WriteAllBytes(layer.PathOf(Target, tomorrow), JournalRecord.HeaderOf(Target, 1).ToLine());

        Append(layer, Record(2), journal);

        File.ReadAllText(layer.PathOf(Target, today)).Should().Contain(Record(2).Key.ToString());
        File.ReadAllText(layer.PathOf(Target, tomorrow)).Should().Contain(Record(2).Key.ToString());
        layer.PartsOf(Target).Should().Equal(today, tomorrow);
    }

    [Fact]
    public async Task Record_goes_into_the_newest_day_also_where_the_clock_stands_before_it()
    {
        await using var layer = Open();
        layer.Time.Shift = TimeSpan.FromDays(3);
        Append(layer, Record(1));
        layer.Time.Shift = TimeSpan.Zero;
        Append(layer, Record(2));

        layer.PartsOf(Target).Should().Equal(JournalPart.FirstOf(layer.Time.GetUtcNow().AddDays(3)));
        Keys(layer).Should().Equal(1UL, 2UL);
    }

    [Fact, Trait("Found", "M28")]
    public async Task Full_part_is_followed_by_another_and_the_full_one_is_sorted_by_whoever_filled_it()
    {
        await using var layer = Open();
        var first = JournalPart.FirstOf(layer.Time.GetUtcNow());
        Directory.CreateDirectory(Path.GetDirectoryName(layer.JournalOf(Target))!);
        using (var file = File.Create(layer.JournalOf(Target)))
        {
            file.Write(JournalRecord.HeaderOf(Target, 1).ToLine());
            for (var i = 0UL; file.Length < TargetJournal.PartSize; i++)
            {
                file.Write(Record(i << 40).ToLine());
            }
        }

        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        await layer.RecordAllAsync("job", tree, Target);
        await layer.Saves.FlushAsync(default);

        layer.PartsOf(Target).Should().Equal(first, first.Next);
        layer.Log.Should().ContainSingle(line => line.StartsWith("321 ", StringComparison.Ordinal));
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(session, Target).Should().Equal("a", "b");
        var asked = new ConfirmedContent(new HashSet<ContentKey> { new(7UL << 40, 0, 0, 0) });
        Journal(layer).Follow(layer.Pulse, asked);
        Found(asked).Should().Equal(7UL << 40);
    }

    [Fact]
    public async Task Journal_that_is_a_link_or_a_fifo_is_not_written_through()
    {
        await using var layer = Open();
        var path = layer.JournalOf(Target);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var victim = Path.Combine(layer.Root, "victim");
        File.WriteAllText(victim, "mine");
        File.CreateSymbolicLink(path, victim);

        var append = () => Append(layer, Record(1));

        append.Should().Throw<IOException>();
        File.ReadAllText(victim).Should().Be("mine");
    }

    [Fact, Trait("Found", "M6")]
    public async Task Journal_that_was_copied_to_another_target_confirms_nothing_there()
    {
        await using var layer = Open();
        var other = new UploadTarget("other", "v1");
        var tree = layer.Tree("tree", ("a", "a"));
        await layer.RecordAllAsync("job", tree, Target);
        Directory.CreateDirectory(JournalFiles.DirectoryOf(layer.Layer, TargetName.Of(other).Short));
        File.Copy(layer.JournalOf(Target), layer.PathOf(other, layer.PartsOf(Target).Single()));

        await using (var named = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = other }))
        {
            UploadSessionTests.Offered(named, other).Should().BeEmpty();
        }

        await using var unnamed = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        unnamed.PreferredTarget.Should().Be(Target);
        UploadSessionTests.Offered(unnamed, other).Should().BeEmpty();
        await layer.RecordAllAsync("job", tree, other);
        await using var own = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = other });
        UploadSessionTests.Offered(own, other).Should().Equal("a");
    }

    [Fact, Trait("Found", "M6")]
    public async Task Journal_of_a_target_that_shares_the_short_name_confirms_nothing_here()
    {
        await using var layer = Open();
        var name = TargetName.Of(Target);
        var collides = new ContentKey(name.Key.A, name.Key.B, 1, 2);
        using (var theirs = new TargetJournal(layer.Layer, name.Short, collides, layer.Time))
        {
            theirs.Append(Record(1).ToLine(), new JournalRecord(JournalKind.Header, collides, 1), layer.Pulse, Everything());
        }

        Append(layer, Record(2));

        Keys(layer).Should().Equal(2UL);
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
        await using var layer = Open();
        using var journal = Journal(layer);
        Append(layer, Record(1), journal);
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        pulse.Abandon();

        var late = () => journal.Append(Record(2).ToLine(), JournalRecord.HeaderOf(Target, 1), pulse, Everything());

        late.Should().Throw<OperationCanceledException>();
        Keys(layer).Should().Equal(1UL);
    }

    private static UploadLayer Open()
    {
        var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        return layer;
    }

    private static TargetJournal Journal(UploadLayer layer) => new(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);

    private static JournalRecord Record(ulong key) =>
        new(JournalKind.File, new ContentKey(key, 0, 0, 0), DateTimeOffset.UtcNow.ToUnixTimeSeconds()) { Cid = "bafy", Length = 1 };

    private static void Append(UploadLayer layer, JournalRecord record, TargetJournal? journal = null, ConfirmedContent? content = null)
    {
        var own = journal ?? Journal(layer);
        own.Append(record.ToLine(), JournalRecord.HeaderOf(Target, 1), layer.Pulse, content ?? Everything());
        if (journal is null)
        {
            own.Dispose();
        }
    }

    private static ConfirmedContent Everything() => new(Enumerable.Range(0, 10).Select(static i => new ContentKey((ulong)i, 0, 0, 0)).ToHashSet());

    private static List<ulong> Found(ConfirmedContent content) => [.. content.Wanted.Where(key => content.File(key, 1) is not null).Select(static key => key.A).Order()];

    private static List<ulong> Keys(UploadLayer layer)
    {
        var content = Everything();
        Journal(layer).Follow(layer.Pulse, content);
        return Found(content);
    }
}
