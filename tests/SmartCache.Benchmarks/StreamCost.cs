using System.Buffers.Binary;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Benchmarks;

/// <summary>
/// Processor time of hashing an MP4, and of hashing it while its streams are identified: in turn, so that both see the same machine, and the hash alone a second time, whose
/// difference from itself is what cannot be told apart.
/// </summary>
internal static class StreamCost
{
    private const double Target = 0.01;

    public static int Run(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        using var scratch = new Scratch(options.Directory);
        var file = scratch["video.mp4"];
        var bytes = options.Quick ? 128 << 20 : 1 << 30;
        Make(file, bytes);
        var (alone, again, both) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < (options.Quick ? 15 : 31); round++)
        {
            alone.Add(Seconds(file, null));
            both.Add(Seconds(file, new StreamIdentity()));
            again.Add(Seconds(file, null));
        }

        // The shortest: whatever else the machine does makes it longer only.
        var (one, other, with) = (alone.Min(), again.Min(), both.Min());
        Console.WriteLine($"{bytes >> 20} MiB hashed in {one * 1000:F1} ms of processor time, {bytes / one / 1e9:F2} GB/s; a second series {(other / one) - 1:+0.00%;-0.00%}.");
        var cost = (with / Math.Min(one, other)) - 1;
        Console.WriteLine($"With its streams identified {with * 1000:F1} ms: {cost:+0.00%;-0.00%}, target ≤ {Target:P0}. Load average at the end {Machine.Load()}.");
        return cost <= Target ? 0 : 1;
    }

    private static double Seconds(string file, StreamIdentity? streams)
    {
        using var handle = FileSystem.Current.OpenRead(file);
        var before = ProcessorClock.OfThread();
        ContentHasher.Hash(handle, OperationPulse.Unwatched(CancellationToken.None), streams);
        var took = ProcessorClock.OfThread() - before;
        if (streams is not null && streams.End() is null)
        {
            throw new InvalidOperationException("The file has no streams.");
        }

        return took.TotalSeconds;
    }

    // A payload with the smallest tables that there are: what larger ones cost is hashed at the rate of the payload itself, of which they are a thousandth.
    private static void Make(string file, int bytes)
    {
        using var stream = File.Create(file);
        Span<byte> header = stackalloc byte[8];
        Write(stream, header, "ftyp"u8, 0);
        Write(stream, header, "mdat"u8, bytes);
        var random = new Random(1);
        var piece = new byte[1 << 20];
        for (var written = 0; written < bytes; written += piece.Length)
        {
            random.NextBytes(piece);
            stream.Write(piece);
        }

        Write(stream, header, "moov"u8, 0);
    }

    private static void Write(FileStream stream, Span<byte> header, ReadOnlySpan<byte> type, int content)
    {
        BinaryPrimitives.WriteInt32BigEndian(header, content + header.Length);
        type.CopyTo(header[4..]);
        stream.Write(header);
    }
}
