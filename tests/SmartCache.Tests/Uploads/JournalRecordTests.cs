using System.Text;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class JournalRecordTests
{
    private static readonly ContentKey Key = new(1, 2, 3, ulong.MaxValue);

    public static TheoryData<string> Kinds => ["file", "profile", "tree", "header", "forgotten"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Record_of_any_kind_comes_back_as_it_was_written(string kind)
    {
        var record = Make(kind);
        var line = record.ToLine();

        line[0].Should().Be((byte)'\n');
        line[^1].Should().Be((byte)'\n');
        line[1..^1].Should().NotContain((byte)'\n');
        JournalRecord.Parse(line.AsSpan(1..^1)).Should().BeEquivalentTo(record);
    }

    [Fact]
    public void Line_with_any_byte_changed_is_no_record()
    {
        var line = Make("file").ToLine()[1..^1];
        for (var i = 0; i < line.Length; i++)
        {
            var changed = (byte[])line.Clone();
            changed[i] ^= 0x01;
            JournalRecord.Parse(changed).Should().BeNull("byte {0} is another one", i);
        }
    }

    [Fact]
    public void Line_cut_anywhere_is_no_record()
    {
        var line = Make("tree").ToLine()[1..^1];
        for (var length = 0; length < line.Length; length++)
        {
            JournalRecord.Parse(line.AsSpan(0, length)).Should().BeNull("only {0} bytes are there", length);
        }
    }

    [Fact]
    public void Cid_with_hostile_characters_stays_in_its_line()
    {
        var record = new JournalRecord(JournalKind.File, Key, 5) { Cid = "a b\nc\r%\0ü\ud800", Length = 3 };
        var line = record.ToLine();

        Encoding.ASCII.GetString(line[1..^1]).Should().NotContainAny("\n", "\r", "\0");
        JournalRecord.Parse(line.AsSpan(1..^1))!.Cid.Should().StartWith("a b\nc\r%\0ü");
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("  ", false)]
    [InlineData("bafy", true)]
    public void Cid_is_recordable_only_when_there_is_one(string? cid, bool expected) => JournalRecord.IsRecordable(cid).Should().Be(expected);

    [Fact]
    public void Cid_of_absurd_length_is_not_recordable() => JournalRecord.IsRecordable(new string('x', 10_000)).Should().BeFalse();

    [Fact]
    public void Header_never_names_an_endpoint_or_an_id_with_credentials()
    {
        var target = new UploadTarget("https://user:secret@node/", "v1") { Endpoint = new Uri("https://u:hidden@node/") };

        var line = Encoding.ASCII.GetString(JournalRecord.HeaderOf(target, 1).ToLine());

        line.Should().NotContainAny("secret", "hidden", "node");
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void Cid_is_recordable_up_to_512_characters(int length, bool expected) => JournalRecord.IsRecordable(new string('x', length)).Should().Be(expected);

    [Theory]
    [InlineData('f', 'F')]
    [InlineData('p', 'P')]
    [InlineData('t', 'T')]
    public void Forgotten_record_comes_back_and_names_what_it_takes_back(char takesBack, char confirms)
    {
        var (kind, subject) = ((JournalKind)takesBack, (JournalKind)confirms);
        var record = new JournalRecord(kind, Key, 8);

        JournalRecord.Parse(Body(record)).Should().BeEquivalentTo(record);
        JournalRecord.IsForgotten(kind).Should().BeTrue();
        JournalRecord.SubjectOf(kind).Should().Be(subject);
        JournalRecord.IsKnown(kind).Should().BeTrue();
        JournalRecord.IsForgotten(subject).Should().BeFalse();
        JournalRecord.SubjectOf(subject).Should().Be(subject);
        JournalRecord.IsKnown(subject).Should().BeTrue();
    }

    [Fact]
    public void Kind_of_a_newer_version_is_not_known_and_no_record()
    {
        JournalRecord.IsKnown((JournalKind)'X').Should().BeFalse();
        JournalRecord.IsKnown((JournalKind)'x').Should().BeFalse();
        JournalRecord.SubjectOf((JournalKind)'x').Should().Be((JournalKind)'x', "nobody here knows what it takes back");
        JournalRecord.IsKnown(JournalKind.Header).Should().BeTrue();
        JournalRecord.Parse(Body(new JournalRecord((JournalKind)'X', Key, 8))).Should().BeNull();
    }

    [Theory]
    [InlineData("file", "F {0} 1700000000 12345678901 bafkreia")]
    [InlineData("profile", "P {0} 7 bafybeib")]
    [InlineData("tree", "T {0} 7 0.333 0 bafyroot 720%20p%3Dx=bafy1")]
    [InlineData("header", "H {0} 9 1 ipfs-eu-1 cid-version%3D1%26raw-leaves%3Dtrue")]
    [InlineData("forgotten", "f {0} 8")]
    public void Record_is_written_as_the_format_says(string kind, string expected)
    {
        var record = Make(kind) with { Seconds = 1.0 / 3, Verified = false, ProfileCids = new Dictionary<string, string> { ["720 p=x"] = "bafy1" } };

        var line = Encoding.ASCII.GetString(Body(record));

        line[17..].Should().Be(expected.Replace("{0}", record.Key.ToString(), StringComparison.Ordinal));
        line.Should().MatchRegex("^[0-9a-f]{16} ");
    }

    [Fact]
    public void What_a_record_does_not_say_is_empty()
    {
        var forgotten = JournalRecord.Parse(Body(Make("forgotten")))!;

        (forgotten.Cid, forgotten.TargetId, forgotten.ImportParameters).Should().Be(("", "", ""));
        (forgotten.Length, forgotten.Seconds, forgotten.Verified, forgotten.At, forgotten.Table).Should().Be((0, 0, false, null, null));
        forgotten.ProfileCids.Should().BeEmpty();
        forgotten.Version.Should().Be(JournalRecord.FormatVersion);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tree_says_whether_it_was_verified(bool verified) =>
        JournalRecord.Parse(Body(Make("tree") with { Verified = verified }))!.Verified.Should().Be(verified);

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.0)]
    public void Seconds_that_cannot_be_are_none(double seconds) => JournalRecord.Parse(Body(Make("tree") with { Seconds = seconds }))!.Seconds.Should().Be(0);

    [Fact]
    public void Tree_records_at_most_64_profiles_and_only_those_that_can_be()
    {
        var many = Enumerable.Range(0, 70).ToDictionary(static i => $"p{i:D2}", static i => $"bafy{i}");
        JournalRecord.Parse(Body(Make("tree") with { ProfileCids = many }))!.ProfileCids.Should().Equal(many.Take(64));

        var odd = new Dictionary<string, string>
        {
            [new string('n', 512)] = "fits",
            [new string('n', 513)] = "bafy",
            ["blank"] = " ",
            ["long"] = new string('c', 513),
            ["good"] = new string('c', 512),
        };
        JournalRecord.Parse(Body(Make("tree") with { ProfileCids = odd }))!.ProfileCids.Keys.Should().Equal(new string('n', 512), "good");
    }

    [Fact]
    public void Largest_tree_fits_into_a_line_that_readers_take()
    {
        var widest = Enumerable.Range(0, 64).ToDictionary(static i => new string((char)('\u4e00' + i), 512), static _ => new string('\u4e00', 512));

        (Make("tree") with { Cid = new string('\u4e00', 512), ProfileCids = widest }).ToLine().Length.Should().BeLessThanOrEqualTo(JournalReader.MaxLine);
    }

    [Theory]
    [InlineData("file", 2)]
    [InlineData("profile", 1)]
    [InlineData("tree", 3)]
    [InlineData("header", 3)]
    public void Line_that_lacks_its_last_field_is_no_record_and_one_with_a_further_field_is(string kind, int fields)
    {
        var record = Make(kind) with { ProfileCids = new Dictionary<string, string>() };
        var body = Encoding.ASCII.GetString(Body(record))[17..];
        var parts = body.Split(' ');
        parts.Should().HaveCount(3 + fields);
        JournalRecord.Parse(Body(record)).Should().BeEquivalentTo(record);

        JournalRecord.Parse(Sealed(string.Join(' ', parts[..^1]))).Should().BeNull();
        JournalRecord.Parse(Sealed(body + " of-a-newer-version")).Should().BeEquivalentTo(record);
    }

    [Theory]
    [InlineData("F", "x", "5")]
    [InlineData("F", "-5", "cid")]
    [InlineData("T", "x", "1")]
    [InlineData("H", "x", "a")]
    [InlineData("H", "-1", "a")]
    public void Line_whose_numbers_are_none_is_no_record(string kind, string first, string second) =>
        JournalRecord.Parse(Sealed($"{kind} {Key} 5 {first} {second} c d")).Should().BeNull();

    [Fact]
    public void Line_whose_time_is_no_number_is_no_record()
    {
        JournalRecord.Parse(Sealed($"F {Key} x 5 cid")).Should().BeNull();
        JournalRecord.Parse(Sealed($"F {Key} -7 5 cid"))!.UnixTime.Should().Be(-7);
    }

    [Fact]
    public void Header_of_a_sorted_part_has_its_table()
    {
        var header = Make("header") with { Table = new SortedTable(7, 1234) };

        JournalRecord.Parse(Body(header))!.Table.Should().Be(new SortedTable(7, 1234));
        JournalRecord.Parse(Sealed($"H {Key} 5 1 id import 7"))!.Table.Should().BeNull("where a table lies is not said");
    }

    [Fact]
    public void Header_that_does_not_fit_where_readers_look_is_anonymous()
    {
        // Each record is one line: as long as it may be, and one more.
        var length = PartHeader.MaxLine - JournalRecord.HeaderOf(new UploadTarget("i", "p"), 1).ToLine().Length + 1;

        JournalRecord.HeaderOf(new UploadTarget("i", new string('p', length)), 1).ImportParameters.Should().HaveLength(length);
        var anonymous = JournalRecord.HeaderOf(new UploadTarget("i", new string('p', length + 1)), 1);
        anonymous.ImportParameters.Should().BeEmpty();
        anonymous.TargetId.Should().BeEmpty();
        anonymous.ToLine().Length.Should().BeLessThan(PartHeader.MaxLine);
    }

    [Fact]
    public void Place_is_written_and_the_last_one_counts()
    {
        var first = new JournalPosition(default, 5);
        var second = new JournalPosition(default, 77);
        var line = Body(Make("file") with { At = first });
        JournalRecord.Parse(line)!.At.Should().Be(first);

        JournalRecord.Parse(JournalRecord.Placed(line, second).AsSpan(1..^1))!.At.Should().Be(second);
    }

    [Fact]
    public void Copied_line_is_as_it_was_between_newlines()
    {
        var line = Body(Make("file"));

        JournalRecord.Copied(line).Should().Equal([(byte)'\n', .. line, (byte)'\n']);
    }

    [Theory]
    [InlineData(0x0000_0000_0000_0001, 0)]
    [InlineData(0x1234_0000_0000_0000, 0x1234)]
    [InlineData(0x7abc_def0_0000_0000, 0x7abc)]
    public void Prefix_of_a_line_is_that_of_its_key(long key, int prefix)
    {
        var line = Body(Make("file") with { Key = new ContentKey((ulong)key, 0, 0, 0) });

        JournalRecord.PrefixOf(line).Should().Be(prefix);
        JournalRecord.PrefixOf(line.AsSpan(0, BehindKey)).Should().BeNull();
        JournalRecord.PrefixOf(line.AsSpan(0, BehindKey + 1)).Should().Be(prefix);
    }

    [Fact]
    public void Peek_gives_kind_and_key_where_the_blanks_stand_where_they_must()
    {
        var line = Body(Make("profile"));
        JournalRecord.TryPeek(line, out var kind, out var key).Should().BeTrue();
        (kind, key).Should().Be((JournalKind.Profile, Key));
        JournalRecord.TryPeek(line.AsSpan(0, BehindKey), out _, out _).Should().BeFalse();
        JournalRecord.TryPeek(line.AsSpan(0, BehindKey + 1), out _, out _).Should().BeTrue();

        foreach (var blank in new[] { 16, 18, BehindKey - 1 })
        {
            var changed = (byte[])line.Clone();
            changed[blank] = (byte)'_';
            JournalRecord.TryPeek(changed, out _, out _).Should().BeFalse("no blank stands at {0}", blank);
        }
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData("-5", -5)]
    [InlineData("5 more fields", 5)]
    [InlineData("x", 0)]
    public void Time_of_a_line_is_read_without_the_rest(string text, long time) => JournalRecord.TimeOf(Sealed($"F {Key} {text}")).Should().Be(time);

    [Fact]
    public void Line_is_intact_where_its_checksum_is_that_of_its_body()
    {
        JournalRecord.IsIntact(Sealed("F")).Should().BeTrue();
        JournalRecord.IsIntact(Sealed("")).Should().BeFalse("there is nothing in it");
        JournalRecord.IsIntact("F"u8).Should().BeFalse();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("0123456789abcdef", true)]
    [InlineData("0123456789abcdef ", true)]
    [InlineData("0123456789abcdef H", true)]
    [InlineData("0123456789abcdef H ~", true)]
    [InlineData("0123456789abcdef F", false)]
    [InlineData("0123456789\u0001", false)]
    [InlineData("0123456789\u007f", false)]
    public void Torn_header_is_told_from_what_is_left_of_a_record(string text, bool expected) =>
        JournalRecord.MayBeTornHeader(Encoding.ASCII.GetBytes(text)).Should().Be(expected);

    [Theory]
    [InlineData(PartHeader.MaxLine, true)]
    [InlineData(PartHeader.MaxLine + 1, false)]
    public void Torn_header_is_no_longer_than_a_header_can_be(int length, bool expected) =>
        JournalRecord.MayBeTornHeader(Encoding.ASCII.GetBytes(new string('0', 17) + "H" + new string('0', length - 18))).Should().Be(expected);

    /// <summary>Where the time begins: behind the checksum, the kind, the key and a blank each.</summary>
    private const int BehindKey = 16 + 1 + 2 + 64 + 1;

    /// <summary>A record's line without its newlines.</summary>
    private static byte[] Body(JournalRecord record) => record.ToLine()[1..^1];

    /// <summary>Any body with the checksum that makes it a line.</summary>
    private static byte[] Sealed(string body)
    {
        var sha = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(body));
        return Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(sha)[..16]} {body}");
    }

    private static JournalRecord Make(string kind) => kind switch
    {
        "file" => new JournalRecord(JournalKind.File, Key, 1_700_000_000) { Length = 12345678901, Cid = "bafkreia" },
        "profile" => new JournalRecord(JournalKind.Profile, Key, 7) { Cid = "bafybeib" },
        "tree" => new JournalRecord(JournalKind.Tree, Key, 7)
        {
            Cid = "bafyroot",
            Seconds = 12.345,
            Verified = true,
            ProfileCids = new Dictionary<string, string> { ["720 p=x"] = "bafy1", ["480p"] = "bafy2" },
        },
        "header" => JournalRecord.HeaderOf(new UploadTarget("ipfs-eu-1", "cid-version=1&raw-leaves=true"), 9),
        _ => new JournalRecord(JournalKind.ForgottenFile, Key, 8),
    };
}
