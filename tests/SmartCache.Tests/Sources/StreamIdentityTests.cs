using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using SmartCache.Tests.Sample;
using SmartCache.Tests.Support;
using static SmartCache.Tests.Support.IsoBytes;

namespace SmartCache.Tests.Sources;

public class StreamIdentityTests
{
    private static readonly byte[] Original = IsoBytes.File();
    private static readonly string Streams = IsoBytes.Streams(Original)!;

    private static readonly Dictionary<string, Func<byte[]>> VariantFiles = new()
    {
        { "another title", () => IsoBytes.File(title: "another one") },
        { "other times", () => IsoBytes.File(created: 77) },
        { "tables in front", () => IsoBytes.File(isFast: true) },
        { "tables in front with a title", () => IsoBytes.File(isFast: true, title: "x") },
        { "padding", () => IsoBytes.File(between: Box("free", new byte[500])) },
        { "a long header", () => IsoBytes.File(isLong: true) },
        { "wide offsets", () => IsoBytes.File(isWide: true) },
        { "zeros appended", () => [.. Original, .. new byte[100]] },
        { "noise appended", () => [.. Original, .. Bytes.Random(100, 3)] },
        { "few bytes appended", () => [.. Original, 1, 2, 3] },
    };

    private static readonly Dictionary<string, Func<byte[]>> OtherFiles = new()
    {
        { "an edit list", () => IsoBytes.File(edit: 1) },
        { "a rotation", () => IsoBytes.File(rotation: 1) },
        { "a sample table", () => IsoBytes.File(sample: 8) },
        { "a byte of the payload", () => IsoBytes.File(Changed(Bytes.Random(PayloadLength), 1700)) },
        { "the last byte of the payload", () => IsoBytes.File(Changed(Bytes.Random(PayloadLength), PayloadLength - 1)) },
        { "two blocks of the payload in another order", () => IsoBytes.File([.. Bytes.Random(PayloadLength)[512..1024], .. Bytes.Random(PayloadLength)[..512], .. Bytes.Random(PayloadLength)[1024..]]) },
        { "a payload with a zero more", () => IsoBytes.File([.. Bytes.Random(PayloadLength), 0]) },
    };

    private static readonly Dictionary<string, Func<byte[]>> OddFiles = new()
    {
        { "a second mdat", () => [.. Original, .. Box("mdat", [1, 2, 3])] },
        { "a second moov", () => [.. Original, .. Box("moov", [])] },
        { "a fragment", () => [.. Original, .. Box("moof", [])] },
        { "cut off in the tables", () => Original[..^30] },
        { "cut off in the payload", () => Original[..1000] },
        { "no tables", () => Original[..(Original.AsSpan().IndexOf("moov"u8) - 4)] },
        { "no payload", () => IsoBytes.File([]) },
        { "offsets before the payload", () => Replaced(Original, "stco", 8, 1) },
        { "more offsets than there are", () => Replaced(Original, "stco", 4, int.MaxValue) },
        { "a box longer than its parent", () => Replaced(Original, "trak", -8, 100_000) },
        { "an empty box", () => Replaced(Original, "tkhd", -8, 0) },
        { "a length below its header", () => Replaced(Original, "tkhd", -8, 3) },
        { "tables that claim 2 GB", () => Replaced(Original, "moov", -8, int.MaxValue) },
        { "2^63", () => [.. Original[..(Original.AsSpan().IndexOf("mdat"u8) - 4)], 0, 0, 0, 1, .. "mdat"u8, 0x80, 0, 0, 0, 0, 0, 0, 0, .. Original] },
        { "all ones", () => [.. Original[..(Original.AsSpan().IndexOf("mdat"u8) - 4)], 0, 0, 0, 1, .. "mdat"u8, 255, 255, 255, 255, 255, 255, 255, 255, .. Original] },
        { "no ISO file", () => Bytes.Random(5000) },
        { "nothing", () => [] },
        { "a million empty boxes", () => [.. Enumerable.Repeat(Box("free", []), 1_000_000).SelectMany(static box => box), .. Original] },
        { "boxes in boxes", () => Nested(100_000) },
    };

    public static TheoryData<string> Variants => new(VariantFiles.Keys);

    public static TheoryData<string> Others => new(OtherFiles.Keys);

    public static TheoryData<string> Odd => new(OddFiles.Keys);

    [Theory]
    [MemberData(nameof(Variants))]
    public void File_that_differs_in_metadata_alone_has_the_same_streams(string what) => IsoBytes.Streams(VariantFiles[what]()).Should().Be(Streams, what);

    [Theory]
    [MemberData(nameof(Others))]
    public void File_that_differs_in_what_is_decoded_has_other_streams(string what) => IsoBytes.Streams(OtherFiles[what]()).Should().NotBeNull(what).And.NotBe(Streams, what);

    [Theory]
    [MemberData(nameof(Odd))]
    public void File_that_is_odd_has_no_identity(string what) => IsoBytes.Streams(OddFiles[what]()).Should().BeNull(what);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    [InlineData(1000)]
    public void Pieces_in_which_the_bytes_come_say_nothing(int atOnce)
    {
        IsoBytes.Streams(Original, atOnce).Should().Be(Streams);
        IsoBytes.Streams(IsoBytes.File(isFast: true, isLong: true), atOnce).Should().Be(Streams);
    }

    [Fact]
    public void Box_that_reaches_the_end_of_the_file_is_whole_there()
    {
        var fast = IsoBytes.File(isFast: true);
        IsoBytes.Streams(Replaced(fast, "mdat", -4, 0)).Should().Be(Streams);
        IsoBytes.Streams(Replaced(Original, "moov", -4, 0)).Should().Be(Streams);
    }

    [Fact]
    public void Tables_without_bound_take_no_memory_without_bound()
    {
        var identity = new SmartCache.Sources.StreamIdentity();
        identity.See(Box("ftyp", []));
        identity.See([0, 0, 0, 0, .. "moov"u8]);
        var piece = new byte[1 << 20];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
        {
            identity.See(piece);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(5L * SmartCache.Sources.StreamIdentity.MaxMovie);
        identity.End().Should().BeNull();
    }

    [FfmpegFact]
    public async Task Variants_that_ffmpeg_makes_have_the_same_streams_and_changes_of_it_have_not()
    {
        var directory = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            var original = await TinyVideo.MakeAsync(directory, 2);
            async Task<string?> Made(string name, params string[] arguments)
            {
                var path = Path.Combine(directory, name + ".mp4");
                using var ffmpeg = Process.Start(new ProcessStartInfo(TinyVideo.Ffmpeg, ["-v", "error", "-nostdin", "-y", "-i", original, "-c", "copy", .. arguments, path]))!;
                await ffmpeg.WaitForExitAsync();
                ffmpeg.ExitCode.Should().Be(0);
                return IsoBytes.Streams(await System.IO.File.ReadAllBytesAsync(path), 1 << 15);
            }

            // As a muxer copies them: an encoder may write tables that no copy has.
            var streams = await Made("plain");
            var bytes = await System.IO.File.ReadAllBytesAsync(Path.Combine(directory, "plain.mp4"));
            streams.Should().NotBeNull();
            (await Made("title", "-metadata", "title=another")).Should().Be(streams);
            (await Made("faststart", "-movflags", "+faststart", "-metadata", "title=a third")).Should().Be(streams);
            IsoBytes.Streams([.. bytes, .. Bytes.Random(1000)]).Should().Be(streams);
            (await Made("shifted", "-output_ts_offset", "1")).Should().NotBeNull();
            (await Made("fragments", "-movflags", "+frag_keyframe+empty_moov")).Should().BeNull();
            (await Made("short", "-t", "1")).Should().NotBe(streams);
            IsoBytes.Streams(Changed(bytes, bytes.AsSpan().IndexOf("mdat"u8) + 1000)).Should().NotBeNull().And.NotBe(streams);
            IsoBytes.Streams(Replaced(bytes, "elst", 8, 12345)).Should().NotBeNull().And.NotBe(streams);
            IsoBytes.Streams(Replaced(bytes, "tkhd", 40, 0)).Should().NotBeNull().And.NotBe(streams, "its picture is turned");
            IsoBytes.Streams(Replaced(bytes, "stts", 12, 1)).Should().NotBeNull().And.NotBe(streams);
            IsoBytes.Streams([.. bytes, .. Box("mdat", [1])]).Should().BeNull();
            IsoBytes.Streams(bytes[..^100]).Should().BeNull();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Source_of_equal_streams_is_counted_with_what_serving_it_would_have_saved_and_nothing_is_served()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        var files = new Dictionary<string, byte[]> { ["a"] = Original, ["b"] = IsoBytes.File(title: "another"), ["c"] = IsoBytes.File(edit: 1) };
        var job = new TestJob(cache, new FakeDownloader(request => files[request.Source]));
        foreach (var name in files.Keys)
        {
            var video = await job.DownloadAsync(url: name);
            if (name == "b")
            {
                Counted().Should().Be(1, "its streams are those of the first");
            }

            (await job.EncodeAsync(video)).Outcome.Should().Be(CacheOutcome.Miss);
        }

        Counted().Should().Be(1);
        job.InnerEncoder.Calls.Should().Be(3);
        meters.Total("smartcache.sources.same_streams.time").Should().BeGreaterThan(0);
        meters.Count("smartcache.sources.same_streams.time").Should().Be(1, "the third is another video");
        double Counted() => meters.Count("smartcache.sources.same_streams");
    }

    [Fact]
    public async Task Source_that_comes_again_alone_is_none_of_equal_streams()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Original));
        await job.DownloadAsync();
        await job.DownloadAsync(CacheUse.Refresh);

        job.InnerDownloader.Calls.Should().Be(2);
        meters.Count("smartcache.sources.same_streams").Should().Be(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"version":2,"streams":"x","contents":7}""")]
    [InlineData("""{"version":1,"streams":"x","contents":[null,"y"]}""")]
    public async Task Record_of_streams_that_is_damaged_or_newer_costs_no_job(string text)
    {
        await using var cache = new TestCache();
        var files = new Dictionary<string, byte[]> { ["a"] = Original, ["b"] = IsoBytes.File(title: "another") };
        var job = new TestJob(cache, new FakeDownloader(request => files[request.Source]));
        await job.DownloadAsync(url: "a");
        var record = Path.Combine(cache.Settings.Root, "sources", "facts", Streams[..32] + ".json");
        await System.IO.File.WriteAllTextAsync(record, text);

        var video = await job.DownloadAsync(url: "b");
        (await job.EncodeAsync(video)).Outcome.Should().Be(CacheOutcome.Miss);

        cache.Entries("sources").Should().HaveCount(2);
        cache.Log.Lines.Should().NotContain(static line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
        if (text.Contains("\"version\":2", StringComparison.Ordinal))
        {
            (await System.IO.File.ReadAllTextAsync(record)).Should().Be(text, "a newer version's record is left alone");
        }
    }

    private static byte[] Changed(byte[] bytes, int at)
    {
        var changed = bytes.ToArray();
        changed[at] ^= 1;
        return changed;
    }

    // Writes a number at so many bytes behind the type of a box.
    private static byte[] Replaced(byte[] bytes, string type, int at, int number)
    {
        var changed = bytes.ToArray();
        var found = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(type));
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(found + (at < 0 ? -4 : 4 + at)), number);
        return changed;
    }

    private static byte[] Nested(int depth)
    {
        var nested = new byte[8 * depth];
        for (var i = 0; i < depth; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(nested.AsSpan(8 * i), nested.Length - (8 * i));
            "trak"u8.CopyTo(nested.AsSpan((8 * i) + 4));
        }

        // The tables of another file, which are good, follow: they count as the second.
        return [.. Box("ftyp", []), .. Box("moov", nested), .. Original];
    }
}
