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
