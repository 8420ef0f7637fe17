using System.Text;
using System.Text.Unicode;

namespace SmartCache.Stages.Http;

/// <summary>What a file is, as far as its first bytes tell.</summary>
internal static class FirstBytes
{
    /// <summary>How many bytes are looked at: two packets of a transport stream and the beginning of a third.</summary>
    public const int Length = 512;

    private const int TransportPacket = 188;
    private const int TimedTransportPacket = 192;

    private static ReadOnlySpan<byte> Ebml => [0x1A, 0x45, 0xDF, 0xA3];

    private static ReadOnlySpan<byte> ProgramStream => [0, 0, 1, 0xBA];

    private static ReadOnlySpan<byte> Asf => [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11];

    private static ReadOnlySpan<byte> Mxf => [0x06, 0x0E, 0x2B, 0x34];

    /// <summary>Whether they are those of a container that video comes in: ISO (MP4, QuickTime), Matroska and WebM, MPEG transport and program streams, FLV, AVI, ASF, Ogg, MXF, NUT.</summary>
    public static bool AreMedia(ReadOnlySpan<byte> start) =>
        IsIsoBox(start)
        || start.StartsWith(Ebml)
        || HasSync(start, 0, TransportPacket) || HasSync(start, 4, TimedTransportPacket)
        || start.StartsWith(ProgramStream)
        || start.StartsWith("FLV\x01"u8)
        || (start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("AVI "u8))
        || start.StartsWith(Asf)
        || start.StartsWith("OggS"u8)
        || start.StartsWith(Mxf)
        || start.StartsWith("nut/multimedia container"u8);

    /// <summary>Whether they are text: HTML, XML, JSON, a playlist, or plain. No container begins with several hundred bytes of it.</summary>
    public static bool AreText(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Encoding.Unicode.Preamble) || start.StartsWith(Encoding.BigEndianUnicode.Preamble))
            return true;

        // The last character may be cut in two.
        var whole = start.Length;
        while (whole > 0 && start.Length - whole < 3 && !Utf8.IsValid(start[..whole]))
            whole--;
        if (whole == 0)
            return false;
        if (Utf8.IsValid(start[..whole]) && !HasControls(start[..whole]))
            return true;

        // Markup in an old encoding, such as Latin-1.
        var first = start.TrimStart(" \t\r\n"u8);
        return first.Length > 0 && first[0] is (byte)'<' or (byte)'{' or (byte)'[' && !HasControls(start);
    }

    /// <summary>Whether they are a frame of the AWS upload encoding, so that <c>Content-Encoding: aws-chunked</c> is true of them: a length in hexadecimal, perhaps a signature, a line's end.</summary>
    public static bool AreAwsChunk(ReadOnlySpan<byte> start)
    {
        var digits = 0;
        while (digits < start.Length && char.IsAsciiHexDigit((char)start[digits]))
            digits++;
        return digits is > 0 and <= 16 && (start[digits..].StartsWith("\r\n"u8) || start[digits..].StartsWith(";chunk-signature="u8));
    }

    private static bool IsIsoBox(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8)
            return false;
        var type = start.Slice(4, 4);
        return type.SequenceEqual("ftyp"u8) || type.SequenceEqual("styp"u8) || type.SequenceEqual("moov"u8) || type.SequenceEqual("moof"u8)
            || type.SequenceEqual("mdat"u8) || type.SequenceEqual("sidx"u8) || type.SequenceEqual("free"u8) || type.SequenceEqual("skip"u8) || type.SequenceEqual("wide"u8);
    }

    private static bool HasSync(ReadOnlySpan<byte> start, int first, int packet)
    {
        const byte sync = 0x47;
        return start.Length > first + (2 * packet) && start[first] == sync && start[first + packet] == sync && start[first + (2 * packet)] == sync;
    }

    // Tab, line feed, vertical tab, form feed, carriage return and escape stand in texts.
    private static bool HasControls(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOfAnyInRange((byte)0, (byte)8) >= 0 || bytes.IndexOfAnyInRange((byte)14, (byte)26) >= 0 || bytes.IndexOfAnyInRange((byte)28, (byte)31) >= 0;
}
