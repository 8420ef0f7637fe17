using System.Net.Http.Headers;

namespace EncoderWorker.Serving;

/// <summary>The part of a video that a request asks for.</summary>
internal readonly record struct ByteRange(long Start, long Length, bool IsPartial)
{
    /// <summary><see langword="null"/> where the range lies behind the end; the whole video where there is no range or one that can be ignored.</summary>
    public static ByteRange? Parse(string? header, long length)
    {
        var whole = new ByteRange(0, length, false);
        if (header is null || !RangeHeaderValue.TryParse(header, out var parsed) || parsed.Unit != "bytes" || parsed.Ranges.Count != 1)
            return whole;

        var range = parsed.Ranges.First();
        var (start, end) = range switch
        {
            { From: { } from, To: { } to } => (from, Math.Min(to, length - 1)),
            { From: { } from } => (from, length - 1),
            { To: { } last } => (Math.Max(0, length - last), length - 1),
            _ => (0, length - 1),
        };
        return start < length ? new ByteRange(start, end - start + 1, true) : null;
    }
}
