using System.Buffers.Binary;
using SmartCache.FFMpegCore;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Resuming;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Segments of fragmented MP4 as they are read: what they hold, and what is made of bytes that lie.</summary>
public sealed class FragmentTests(FragmentedEncode shared) : IClassFixture<FragmentedEncode>, IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Segment_tells_its_pictures_and_their_times()
    {
        var (format, second) = (await FormatAsync(), shared.Job.Kept.Parts[1].Path);

        var segment = await VideoSegment.ReadAsync(second, format, CancellationToken.None);

        (segment.Pictures, segment.Clock, segment.First, segment.Last, segment.Ends).Should().Be((50, 12800, 50 * 512, 99 * 512, (50 * 512, 100 * 512)));
        segment.Follows(await VideoSegment.ReadAsync(shared.Job.Kept.Parts[0].Path, format, CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task Bytes_that_lie_are_refused_and_lead_nowhere()
    {
        var (format, whole) = (await FormatAsync(), await File.ReadAllBytesAsync(shared.Job.Kept.Parts[1].Path));
        var head = whole.AsSpan().IndexOf("mdat"u8) + 4;
        var (random, refused) = (new Random(5), 0);
        for (var i = 0; i < 1000; i++)
        {
            var bytes = whole[..(i % 10 == 0 ? random.Next(whole.Length) : whole.Length)];
            Lie(bytes.AsSpan(0, Math.Min(head, bytes.Length)), random);
            await File.WriteAllBytesAsync(_scratch["lies.m4s"], bytes);
            refused += await IsRefusedAsync(() => VideoSegment.ReadAsync(_scratch["lies.m4s"], format, CancellationToken.None)) ? 1 : 0;
        }

        refused.Should().BeInRange(300, 999);
    }

    [Fact]
    public async Task Head_that_lies_is_refused_and_leads_nowhere()
    {
        var whole = await File.ReadAllBytesAsync(HeadPath);
        var (random, refused) = (new Random(5), 0);
        for (var i = 0; i < 300; i++)
        {
            var bytes = whole[..(i % 10 == 0 ? random.Next(whole.Length) : whole.Length)];
            Lie(bytes, random);
            await File.WriteAllBytesAsync(_scratch["lies.mp4"], bytes);
            refused += await IsRefusedAsync(() => FragmentHead.ReadAsync(_scratch["lies.mp4"], CancellationToken.None)) ? 1 : 0;
        }

        refused.Should().BeInRange(30, 299);
    }

    // Samples that need no byte of a table and have none themselves: what is said of their number is all that there is.
    [Fact]
    public async Task Number_of_samples_is_bounded()
    {
        var bytes = await File.ReadAllBytesAsync(shared.Job.Kept.Parts[1].Path);
        var trun = bytes.AsSpan(bytes.AsSpan().IndexOf("trun"u8) + 4);
        BinaryPrimitives.WriteUInt32BigEndian(trun, 0x5);
        BinaryPrimitives.WriteUInt32BigEndian(trun[4..], int.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.AsSpan().IndexOf("tfhd"u8) + 16), 0);
        await File.WriteAllBytesAsync(_scratch["many.m4s"], bytes);

        (await IsRefusedAsync(async () => await VideoSegment.ReadAsync(_scratch["many.m4s"], await FormatAsync(), CancellationToken.None))).Should().BeTrue();
    }

    [Fact]
    public async Task Number_of_samples_of_many_runs_is_bounded()
    {
        // Runs without a field of their own, which take no bytes for each sample.
        var run = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(run, 16);
        "trun"u8.CopyTo(run.AsSpan(4));
        BinaryPrimitives.WriteUInt32BigEndian(run.AsSpan(12), 1 << 23);
        var bytes = await File.ReadAllBytesAsync(shared.Job.Kept.Parts[1].Path);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.AsSpan().IndexOf("tfhd"u8) + 16), 0);
        var (moof, traf) = (bytes.AsSpan().IndexOf("moof"u8) - 4, bytes.AsSpan().IndexOf("traf"u8) - 4);
        var end = traf + (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(traf));
        byte[] runs = [.. Enumerable.Repeat(run, 3).SelectMany(static one => one)];
        foreach (var box in (int[])[moof, traf])
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(box), BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(box)) + (uint)runs.Length);
        await File.WriteAllBytesAsync(_scratch["runs.m4s"], [.. bytes[..end], .. runs, .. bytes[end..]]);

        (await IsRefusedAsync(async () => await VideoSegment.ReadAsync(_scratch["runs.m4s"], await FormatAsync(), CancellationToken.None))).Should().BeTrue();
    }

    [Fact]
    public async Task Pictures_are_written_as_one_run_has_them_and_a_decoders_buffer_is_given_each()
    {
        var head = await FragmentHead.ReadAsync(HeadPath, CancellationToken.None);
        var second = await VideoSegment.ReadAsync(shared.Job.Kept.Parts[1].Path, head.Format, CancellationToken.None);
        var (small, large) = (DecoderBuffer.Of([("-maxrate", "1k"), ("-bufsize", "2k")])!, DecoderBuffer.Of([("-maxrate", "100M"), ("-bufsize", "200M")])!);
        foreach (var (name, buffer) in new[] { ("a.mp4", small), ("b.mp4", large) })
        {
            using var stream = new FragmentPictures(_scratch[name], new PictureRate(25, 1), head, buffer);
            await stream.BeginAsync(second, CancellationToken.None);
            await stream.AddAsync(second, 0, CancellationToken.None);
            await stream.AddAsync(second, 50, CancellationToken.None);
        }

        (small.RanEmpty(), large.RanEmpty()).Should().Be((true, false));
        MediaTool.Run("ffprobe", null, ["-v", "error", "-show_entries", "packet=pts", "-of", "csv=p=0", _scratch["a.mp4"]])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).Should().Equal(Enumerable.Range(0, 100).Select(static picture => picture * 512L));
    }

    [Fact]
    public async Task Rate_whose_pictures_do_not_last_whole_ticks_is_no_rate_of_them()
    {
        var kept = await KeptSegments.ReadAsync(shared.Job.Kept.Parts, static () => { }, CancellationToken.None);

        kept.Have(new PictureRate(25, 1)).Should().BeTrue();
        kept.Have(new PictureRate(24000, 1001)).Should().BeFalse();
        kept.Have(new PictureRate(2_500_000, 100_001)).Should().BeFalse("a tick in MPEG-TS would hide it");
    }

    [Theory]
    [InlineData("truncate -s -300 90p_00001.m4s", "*segment 1 has a hole*")]
    [InlineData("truncate -s 24 90p_00001.m4s", "*segment 1 has a hole*")]
    [InlineData("cp 90p_00001.m4s 90p_00002.m4s", "*segment 2 has a hole*")]
    [InlineData("truncate -s -30 90p_init.mp4", "*head of the segments*")]
    [InlineData("rm 90p_init.mp4", "*head of the segments*")]
    [InlineData("echo frame=299; echo progress=end", "*300 video frames of 299*")]
    public async Task Encode_with_a_hole_is_refused_although_the_exit_code_is_0(string damage, string message)
    {
        var instead = $"cp '{shared.Whole.Directory}'/* . && {damage}; exit 0";

        using var job = new ResumableJob();
        var encode = () => job.EncodeAsync(shared.Source, "damaged", FragmentedEncode.Profile, FragmentedEncode.Configure, instead: instead);

        await encode.Should().ThrowAsync<FfmpegException>().WithMessage(message);
    }

    private string HeadPath => Path.Combine(shared.Whole.Directory, "90p_init.mp4");

    private async Task<PictureFormat> FormatAsync() => (await FragmentHead.ReadAsync(HeadPath, CancellationToken.None)).Format!;

    // Lengths, counts and flags are what leads elsewhere: numbers of 32 bits, and names.
    private static void Lie(Span<byte> bytes, Random random)
    {
        for (var lies = random.Next(1, 4); lies > 0 && bytes.Length > 4; lies--)
        {
            var at = random.Next(bytes.Length - 4);
            if (random.Next(2) == 0)
                bytes[at] = (byte)random.Next(256);
            else
                BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], random.Next(4) switch { 0 => 0, 1 => 1, 2 => uint.MaxValue, _ => (uint)random.Next() });
        }
    }

    private static async Task<bool> IsRefusedAsync(Func<Task> read)
    {
        try
        {
            await read();
            return false;
        }
        catch (FfmpegException)
        {
            return true;
        }
    }
}
