using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>Reads a history, the oldest event first. What is torn, damaged or of a later version is passed over; a file that goes meanwhile is none. Methods may throw.</summary>
internal static class HistoryReader
{
    private const int Chunk = 64 << 10;

    /// <summary>A line has some hundred bytes.</summary>
    private const int MaxLine = 8 << 10;

    public static IEnumerable<HistoryEvent> Read(FileSystem files, string directory)
    {
        foreach (var file in HistoryFiles.In(files, directory))
        {
            foreach (var e in ReadFile(files, file.Path))
            {
                yield return e;
            }
        }
    }

    private static IEnumerable<HistoryEvent> ReadFile(FileSystem files, string path)
    {
        using var stream = Open(files, path);
        if (stream is null)
        {
            yield break;
        }

        var buffer = new byte[Chunk];
        var (kept, isOverlong) = (0, false);
        while (stream.Read(buffer, kept, buffer.Length - kept) is > 0 and var read)
        {
            var (filled, used) = (kept + read, 0);
            while (Array.IndexOf(buffer, (byte)'\n', used, filled - used) is >= 0 and var end)
            {
                if (!isOverlong && EventIn(buffer.AsSpan(used, end - used)) is { } e)
                {
                    yield return e;
                }

                (used, isOverlong) = (end + 1, false);
            }

            kept = filled - used;
            Array.Copy(buffer, used, buffer, 0, kept);
            if (kept > MaxLine)
            {
                // No line of ours: it ends with the next newline.
                (kept, isOverlong) = (0, true);
            }
        }
    }

    // A file of another user, or a link of that name, hides nothing but itself.
    private static Stream? Open(FileSystem files, string path)
    {
        try
        {
            return BoundedFile.Open(files, path, OperationPulse.Unwatched(CancellationToken.None));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    private static HistoryEvent? EventIn(ReadOnlySpan<byte> line) =>
        line.Length <= MaxLine && ChecksummedLine.IsIntact(line) ? HistoryLine.Parse(Encoding.ASCII.GetString(line[(ChecksummedLine.ChecksumLength + 1)..])) : null;
}
