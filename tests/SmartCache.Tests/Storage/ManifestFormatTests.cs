using System.Globalization;
using System.Text;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class ManifestFormatTests
{
    private const string Name = Entries.Name;
    private static readonly string Hash = Bytes.Sha256([1]);

    [Fact]
    public void Written_manifest_is_read_back()
    {
        var manifest = Sample("files/a.ts", "files/b.ts");

        var read = ManifestFormat.Parse(ManifestFormat.Write(manifest));

        read.Should().BeEquivalentTo(manifest);
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x20)]
    [InlineData(0x80)]
    public void Flipped_byte_is_refused_or_changes_nothing_that_counts(byte mask)
    {
        var manifest = Sample("source.bin");
        var bytes = ManifestFormat.Write(manifest);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= mask;
            try
            {
                ManifestFormat.Parse(bytes).Content.Should().BeEquivalentTo(manifest.Content, "byte {0} is not part of the content", at);
            }
            catch (Exception exception) when (exception is InvalidDataException or NewerFormatException)
            {
                // The two ways to say no.
            }

            bytes[at] ^= mask;
        }
    }

    [Theory, Trait("Found", "M27e")]
    [InlineData('3')]
    [InlineData('9')]
    [InlineData('0')]
    public void Flipped_digit_of_the_version_is_damage_and_no_newer_format(char digit)
    {
        var bytes = ManifestFormat.Write(Sample("source.bin"));
        bytes[bytes.AsSpan().IndexOf("\"version\": 1"u8) + "\"version\": ".Length] = (byte)digit;

        var read = () => ManifestFormat.Parse(bytes);

        read.Should().Throw<InvalidDataException>();
    }

    [Fact]
    public async Task Entry_with_a_flipped_byte_in_its_manifest_never_gives_wrong_bytes()
    {
        await using var cache = new TestCache();
        var content = Bytes.Random(2_000);
        cache.Put(Name, content);
        var good = File.ReadAllBytes(cache.ManifestOf(Name));
        var hits = 0;
        for (var at = 0; at < good.Length; at++)
        {
            if (!File.Exists(cache.ManifestOf(Name)))
            {
                cache.Put(Name, content);
            }

            var flipped = File.ReadAllBytes(cache.ManifestOf(Name));
            // Made anew each time, with other digits in its times: one shorter now and then.
            flipped[Math.Min(at, flipped.Length - 1)] ^= 0x01;
            File.WriteAllBytes(cache.ManifestOf(Name), flipped);
            using (var lease = cache.TryLease(Name, out _))
            {
                if (lease is not null)
                {
                    hits++;
                    lease.Manifest.Content.Files.Should().ContainSingle().Which.Should().Be(new ManifestFile("source.bin", 2_000, Bytes.Sha256(content)));
                    File.ReadAllBytes(lease.PathOf(lease.Manifest.Content.Files[0])).Should().Equal(content);
                }
            }

            if (File.Exists(cache.ManifestOf(Name)))
            {
                // Left alone as something newer, or accepted.
                cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "next round");
            }
        }

        hits.Should().BeLessThan(good.Length / 2, "most bytes count");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../source.bin")]
    [InlineData("files/../../source.bin")]
    [InlineData("files/./a")]
    [InlineData("files//a")]
    [InlineData("files\\a")]
    [InlineData("a.")]
    [InlineData("a\u0001")]
    [InlineData("manifest.json")]
    public void Hostile_path_is_refused(string path)
    {
        var act = () => ManifestFormat.Parse(ManifestFormat.Write(Sample(path)));

        act.Should().Throw<InvalidDataException>();
    }

    [Theory]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[null],"key":{},"properties":{}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[{"path":null,"length":1,"sha256":"x"}],"key":{},"properties":{}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":null,"key":{},"properties":{}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[FILE],"key":{"a":null},"properties":{}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[FILE],"key":{},"properties":{"extra":null}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[FILE],"key":{}}""")]
    [InlineData("""{"created":"yesterday","files":[FILE],"key":{},"properties":{}}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[FILE],"key":{},"properties":{},"costSeconds":1e999}""")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","files":[{"length":1,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}],"key":{},"properties":{}}""")]
    [InlineData("""[1]""")]
    [InlineData("""null""")]
    public void Well_checksummed_nonsense_is_refused(string content)
    {
        var act = () => ManifestFormat.Parse(Envelope("1", content.Replace("FILE", Json(), StringComparison.Ordinal)));

        act.Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Unknown_fields_are_ignored()
    {
        var content = $$$"""{"created":"2026-01-01T00:00:00Z","files":[{{{Json()}}}],"key":{},"properties":{},"future":{"a":[1,2]}}""";

        var manifest = ManifestFormat.Parse(Envelope("1", content, """, "later": [{"x": 1}]"""));

        manifest.Content.Files.Should().ContainSingle().Which.Path.Should().Be("source.bin");
    }

    [Fact]
    public void Newer_version_is_told_apart_from_damage_whatever_else_it_holds()
    {
        var act = () => ManifestFormat.Parse("""{"version":2,"content":"elsewhere"}"""u8);

        act.Should().Throw<NewerFormatException>().Which.Version.Should().Be(2);
    }

    [Fact]
    public async Task Entry_of_a_newer_version_is_a_miss_and_nothing_touches_it()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000 });
        cache.Put(Name, Bytes.Random(5_000));
        File.WriteAllText(cache.ManifestOf(Name), """{"version":2,"content":"in a form that this version cannot know"}""");
        File.WriteAllText(cache.PathOf(Name, "index.v2"), "something new");
        cache.SetLastAccess(Name, TimeSpan.FromDays(90));
        var before = Snapshot(cache);

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.NewerVersion);
        cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2))).Should().BeNull("its name is taken");
        await cache.Manager.CleanupAsync();
        await cache.Manager.VerifyAsync();
        (await cache.Manager.GetStatisticsAsync()).Sources.Entries.Should().Be(0);

        Snapshot(cache).Should().Equal(before);
        cache.Log.Of(410).Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }

    private static Manifest Sample(params string[] paths) => new(
        new ManifestContent
        {
            Created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Files = [.. paths.Select(path => new ManifestFile(path, 1, Hash))],
            Key = new Dictionary<string, string> { ["url"] = "hash" },
            Properties = new Dictionary<string, string> { ["width"] = "320" },
            CostSeconds = 12.5,
            Maker = "test",
        },
        [.. paths.Select((_, i) => 1_700_000_000_000_000_000 + i)]);

    private static string Json() => $$"""{"path":"source.bin","length":1,"sha256":"{{Hash}}"}""";

    private static byte[] Envelope(string version, string content, string more = "") =>
        Encoding.UTF8.GetBytes($$"""{"version":{{version}},"checksum":"{{Bytes.Sha256(Encoding.UTF8.GetBytes(version + content))}}","content":{{content}},"local":{"modified":[1]}{{more}}}""");

    private static List<string> Snapshot(TestCache cache) =>
    [
        .. Directory.EnumerateFiles(cache.Layer().Entries.PathOf(Name)).Order().Select(path =>
            string.Create(CultureInfo.InvariantCulture, $"{path} {File.GetLastWriteTimeUtc(path):O} {Bytes.Sha256OfFile(path)}")),
    ];
}
