using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SmartCache.FFMpegCore.Results;

/// <summary>The head of fragmented MP4, which is a file of its own: a <c>moov</c> box without samples.</summary>
internal sealed class FragmentHead
{
    // One of HEVC has 4 KB.
    private const int MostBytes = 1 << 20;

    // The box that describes the samples of the pictures, and those around it from the outside.
    private readonly (int At, int Length) _table;
    private readonly IReadOnlyList<int> _around = [];

    private FragmentHead(byte[] bytes)
    {
        Bytes = bytes;
        var moov = Box.In(bytes).Find("moov"u8);
        foreach (var trak in moov.Children)
        {
            if (!trak.Is("trak"u8) || !IsOfPictures(trak))
                continue;

            var mdia = trak.Find("mdia"u8);
            var minf = mdia.Find("minf"u8);
            var stbl = minf.Find("stbl"u8);
            Track = NumberBehindTimes(trak.Find("tkhd"u8));
            Format = new PictureFormat((int)NumberBehindTimes(mdia.Find("mdhd"u8)), Convert.ToHexStringLower(SHA256.HashData(stbl.Find("stsd"u8).Body)));
            _table = (stbl.At, stbl.Bytes.Length);
            _around = [moov.At, trak.At, mdia.At, minf.At];
            // Lengths are changed where they have 32 bits, as all of ffmpeg's here have.
            if (Format.Clock <= 0 || !(moov.IsShort && trak.IsShort && mdia.IsShort && minf.IsShort))
                throw new InvalidDataException();
            break;
        }
    }

    public byte[] Bytes { get; }

    /// <summary>Number of the track of the pictures, where there is one.</summary>
    public uint Track { get; }

    /// <summary>What it says of the pictures; <see langword="null"/> where there are none.</summary>
    public PictureFormat? Format { get; }

    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FfmpegException">It is not whole.</exception>
    public static async Task<FragmentHead> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: <= MostBytes })
                return new FragmentHead(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (InvalidDataException)
        {
            // As below.
        }

        throw new FfmpegException("the head of the segments is missing or has a hole");
    }

    /// <summary>The same, with the pictures described as in another head. ffmpeg describes those that it copies otherwise than those that it encodes.</summary>
    /// <param name="encoded">The other head.</param>
    /// <exception cref="FfmpegException">Their clock is another one.</exception>
    public byte[] With(FragmentHead encoded)
    {
        if (Format is null || Format.Clock != encoded.Format?.Clock)
            throw new FfmpegException("the pictures have another clock than before they were joined");

        var (at, length) = _table;
        byte[] bytes = [.. Bytes.AsSpan(0, at), .. encoded.Bytes.AsSpan(encoded._table.At, encoded._table.Length), .. Bytes.AsSpan(at + length)];
        foreach (var around in _around)
        {
            var field = bytes.AsSpan(around);
            BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(BinaryPrimitives.ReadUInt32BigEndian(field) + encoded._table.Length - length));
        }

        return bytes;
    }

    private static bool IsOfPictures(Box trak)
    {
        var hdlr = new BoxFields(trak.Find("mdia"u8).Find("hdlr"u8).Body);
        hdlr.Skip(8);
        return hdlr.UInt32() == 0x76696465; // "vide"
    }

    // Both the number of a track and its clock stand behind two times, of 64 bits in version 1.
    private static uint NumberBehindTimes(Box box)
    {
        var fields = new BoxFields(box.Body);
        fields.Skip(fields.UInt32() >> 24 == 1 ? 16 : 8);
        return fields.UInt32();
    }
}
