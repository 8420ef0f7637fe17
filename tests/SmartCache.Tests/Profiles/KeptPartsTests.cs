using System.Text;
using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Profiles;

/// <summary>What lies under <c>partials/</c> is believed only as far as its journal, its key and every byte say so.</summary>
public class KeptPartsTests
{
    private static readonly int[] _all = [0, 1, 2, 3, 4, 5];

    [Theory]
    [InlineData("changed", 1)]
    [InlineData("truncated", 1)]
    [InlineData("longer", 1)]
    [InlineData("gone", 1)]
    [InlineData("link", 1)]
    [InlineData("directory", 1)]
    [InlineData("changed", 0)]
    public async Task Part_that_is_not_as_it_was_recorded_costs_itself_and_what_follows_it(string what, int which)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 4);
        var part = job.Parts[which];
        switch (what)
        {
            case "changed":
                Entries.FlipSilently(part, 4000);
                break;
            case "truncated":
                await File.WriteAllBytesAsync(part, (await File.ReadAllBytesAsync(part))[..^1]);
                break;
            case "longer":
                await File.AppendAllTextAsync(part, "x");
                break;
            case "gone":
                File.Delete(part);
                break;
            case "link":
                File.Move(part, job.Cache.WorkPath("elsewhere"));
                File.CreateSymbolicLink(part, job.Cache.WorkPath("elsewhere"));
                break;
            default:
                File.Delete(part);
                Directory.CreateDirectory(part);
                break;
        }

        var retry = new SegmentEncoder();

        var encoded = await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(_all[which..]);
        _all.Should().OnlyContain(segment => Bytes.Sha256OfFile(Path.Combine(encoded.Directory, SegmentEncoder.NameOf(segment))) == Bytes.Sha256(retry.Bytes(segment)));
        job.Cache.Log.Of(209).Should().ContainSingle();
        job.Cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task What_was_recorded_after_a_bad_part_is_given_again_later()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        Entries.FlipSilently(job.Parts[1]);
        (await job.DieAsync(before: 5)).Encoded.Should().Equal(1, 2, 3, 4);
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(5);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(20, 2)]
    [InlineData(200, 1)]
    public async Task Torn_end_of_the_journal_costs_the_parts_that_it_named(int bytes, int goesOnWith)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        await File.WriteAllBytesAsync(job.Journal, (await File.ReadAllBytesAsync(job.Journal))[..^bytes]);
        var retry = await job.DieAsync(before: 5);

        retry.Encoded.Should().Equal(_all[goesOnWith..5]);
        var last = new SegmentEncoder();
        await job.EncodeAsync(last);
        last.Encoded.Should().Equal(5);
    }

    [Fact]
    public async Task Line_that_was_changed_is_none()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var text = await File.ReadAllTextAsync(job.Journal);
        await File.WriteAllTextAsync(job.Journal, text.Replace(" 40000000 20000000 ", " 40000001 20000000 ", StringComparison.Ordinal));
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(2, 3, 4, 5);
    }

    [Theory]
    [InlineData("other key")]
    [InlineData("garbage")]
    [InlineData("torn header")]
    [InlineData("too large")]
    [InlineData("empty")]
    public async Task Journal_that_is_not_the_profiles_own_counts_for_nothing_and_is_begun_anew(string what)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var own = Path.GetDirectoryName(job.Journal)!;
        switch (what)
        {
            case "other key":
                // A whole directory of another profile, copied to this one's name: every checksum and every hash in it is right.
                Directory.Delete(own, recursive: true);
                var request = new EncodeRequest(job.Source, TestJob.Profile with { VideoBitrate = "1k" }, job.Cache.WorkPath("other"));
                var other = new SegmentEncoder { Before = static (segment, _) => segment == 3 ? throw new StageException("died") : Task.CompletedTask };
                await ((Func<Task>)(() => new CachingProfileEncoder(other, job.Cache.Manager).EncodeAsync(request))).Should().ThrowAsync<StageException>();
                Directory.Move(Directory.GetDirectories(job.Partials).Single(), own);
                break;
            case "garbage":
                await File.WriteAllTextAsync(job.Journal, "garbage\n");
                break;
            case "torn header":
                await File.WriteAllBytesAsync(job.Journal, (await File.ReadAllBytesAsync(job.Journal))[..40]);
                break;
            case "too large":
                using (var journal = new FileStream(job.Journal, FileMode.Open))
                {
                    journal.SetLength(17 << 20);
                }

                break;
            default:
                await File.WriteAllBytesAsync(job.Journal, []);
                break;
        }

        (await job.DieAsync(before: 2)).Encoded.Should().Equal(0, 1);
        job.Cache.Log.Of(209).Should().HaveCount(what == "empty" ? 0 : 1);
        job.Parts.Should().HaveCount(2, "the files of the old one are gone");
        var retry = new SegmentEncoder();

        await job.EncodeAsync(retry);

        retry.Encoded.Should().Equal(2, 3, 4, 5);
    }

    [Fact]
    public async Task Journal_of_a_newer_version_is_left_alone()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 3);
        var newer = ChecksummedLine.Of("K 2 whatever it is");
        await File.WriteAllBytesAsync(job.Journal, newer);

        await job.DieAsync(before: 3);

        (await File.ReadAllBytesAsync(job.Journal)).Should().Equal(newer);
        job.Parts.Should().HaveCount(3);
        job.Cache.Log.Of(212).Should().ContainSingle().Which.Should().Contain("newer version");
        job.Cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Planted_part_is_not_given_and_what_has_another_name_stays()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 2);
        var place = Path.GetDirectoryName(job.Journal)!;
        var planted = Path.Combine(place, "0123456789abcdef-1.part");
        await File.WriteAllTextAsync(planted, "planted");
        var others = Path.Combine(place, "notes.txt");
        await File.WriteAllTextAsync(others, "somebody else's");
        IReadOnlyList<EncodePart> given = [];
        var was = true;

        await job.EncodeAsync(new SegmentEncoder
        {
            First = async request =>
            {
                given = await request.Checkpoint!.OpenAsync("segments/1");
                was = File.Exists(planted);
            },
        });

        given.Should().HaveCount(2);
        was.Should().BeFalse("no journal names it");
        Directory.GetFileSystemEntries(place).Should().Equal(others);
    }

    [Theory]
    [InlineData("partials")]
    [InlineData("key")]
    public async Task Link_in_the_place_of_a_directory_is_neither_filled_nor_emptied(string which)
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 2);
        var place = which == "partials" ? job.Partials : Path.GetDirectoryName(job.Journal)!;
        var outside = job.Cache.WorkPath("outside");
        Directory.Move(place, outside);
        Directory.CreateSymbolicLink(place, outside);
        var before = TestJob.Tree(outside);

        var encoded = await job.EncodeAsync(new SegmentEncoder());
        await job.Cache.Manager.RemoveBySourceAsync(Bytes.Sha256OfFile(job.Source.Path));
        await job.Cache.Manager.ClearAsync();

        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        TestJob.Tree(outside).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task Files_that_an_attempt_left_without_a_line_go_with_the_next_one()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 2);
        File.Copy(job.Parts[0], Path.Combine(Path.GetDirectoryName(job.Journal)!, "fedcba9876543210-7.part"));

        await job.DieAsync(before: 3);

        job.Parts.Should().HaveCount(3);
    }

    [Fact]
    public void Line_of_a_part_says_all_of_it_again()
    {
        var part = new KeptPart("0123456789abcdef", 12, TimeSpan.FromTicks(3), TimeSpan.FromTicks(4))
        {
            Length = 5, Sha256 = new string('a', 64), Seconds = 6.125, Facts = new Dictionary<string, string> { ["a=b c"] = "%\n", ["e"] = "" },
        };

        var read = KeptPart.Parse(part.ToBody().Split(' '))!;

        (read with { Facts = part.Facts }).Should().Be(part);
        read.Facts.Should().BeEquivalentTo(part.Facts);
    }

    [Theory]
    [InlineData("P 0123456789abcde 1 0 1 1 aa 1")]
    [InlineData("P ../../../../../x 1 0 1 1 {0} 1")]
    [InlineData("P 0123456789abcdef -1 0 1 1 {0} 1")]
    [InlineData("P 0123456789abcdef 1 x 1 1 {0} 1")]
    [InlineData("P 0123456789abcdef 1 0 1 1 {0}")]
    public void Line_that_names_no_part_is_none(string body) => KeptPart.Parse(body.Replace("{0}", new string('a', 64), StringComparison.Ordinal).Split(' ')).Should().BeNull();

    [Fact]
    public void Lines_of_an_attempt_that_is_not_the_newest_change_nothing()
    {
        var (old, young) = ("0123456789abcdef", "fedcba9876543210");
        var contents = new PartsContents();
        foreach (var body in new[]
        {
            PartsContents.Begin(old, "a"), Part(old, 1, 0).ToBody(), PartsContents.Begin(young, "a"),
            Part(old, 2, 10).ToBody(), PartsContents.Forget(old, TimeSpan.Zero), Part(young, 1, 20).ToBody(), "Z what a newer version may write", "P",
        })
        {
            contents.Apply(body);
        }

        contents.Of("a").Select(static part => part.FileName).Should().Equal(old + "-1.part", young + "-1.part");
        contents.Apply(PartsContents.Void());
        contents.FileNames.Should().BeEmpty();
        contents.IsVoid.Should().BeTrue();
        contents.Newest.Should().NotBe(young);
    }

    private static KeptPart Part(string attempt, long serial, long start) =>
        new(attempt, serial, TimeSpan.FromTicks(start), TimeSpan.FromTicks(10)) { Sha256 = Encoding.ASCII.GetString(Enumerable.Repeat((byte)'a', 64).ToArray()) };
}
