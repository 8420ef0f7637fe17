using System.Globalization;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Probing;

/// <summary>What must be known of a source to begin in its middle.</summary>
internal sealed class SourcePictures
{
    // A list of packets is long, and some that read it wait for a sign of life.
    private const int LinesOfAReport = 10_000;

    // In these a seek arrives at the picture before the time that it is told.
    private static readonly string[] s_exact = ["mov", "mp4", "matroska", "webm"];

    private readonly List<double> _times = [];
    private bool _areAllTold = true;
    private double _start;
    private long _lines;

    private SourcePictures()
    {
    }

    /// <summary>What the file says of its pictures per second, the likelier first; ffprobe's words.</summary>
    public List<string> Rates { get; } = [];

    /// <summary>When each picture is shown, in order, from the beginning of the file on; <see langword="null"/> where a seek would not arrive.</summary>
    public IReadOnlyList<double>? Times { get; private set; }

    /// <summary>Whether packets are worth a list: a seek to a picture arrives there.</summary>
    /// <param name="format">ffprobe's names of the container.</param>
    public static bool IsExact(string? format) => format?.Split(',').Any(s_exact.Contains) == true;

    /// <summary>Reads the whole file, without decoding it, where <paramref name="listsPackets"/>; else its head.</summary>
    /// <param name="program">ffprobe.</param>
    /// <param name="path">The file.</param>
    /// <param name="stream">Which of its streams, as ffprobe names it.</param>
    /// <param name="listsPackets">Whether the times are wanted.</param>
    /// <param name="onPart">Is told from time to time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FfmpegException">ffprobe cannot say.</exception>
    public static async Task<SourcePictures> ReadAsync(string program, string path, string stream, bool listsPackets, Action onPart, CancellationToken cancellationToken)
    {
        var pictures = new SourcePictures();
        var tail = new ErrorTail();
        var exitCode = await ChildProcess.RunAsync(
            program,
            [
                "-v", "error", "-protocol_whitelist", "file", "-select_streams", stream,
                "-show_entries", "stream=r_frame_rate,avg_frame_rate:format=start_time" + (listsPackets ? ":packet=pts_time,flags" : ""), "-of", "compact", "-i", path,
            ],
            null,
            line => pictures.Read(line, onPart),
            tail.Add,
            cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new FfmpegException($"ffprobe failed (exit code {exitCode}).{tail}") { ExitCode = exitCode };
        if (listsPackets && pictures._areAllTold)
            pictures.Times = [.. pictures._times.Select(time => time - pictures._start).Order()];
        return pictures;
    }

    // packet|pts_time=0.125125|flags=__, stream|r_frame_rate=24000/1001|avg_frame_rate=24000/1001, format|start_time=0.000000
    private void Read(string line, Action onPart)
    {
        if (++_lines % LinesOfAReport == 0)
            onPart();

        var fields = line.Split('|');
        var seconds = double.TryParse(Field(fields, "pts_time") ?? Field(fields, "start_time"), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : (double?)null;
        switch (fields[0])
        {
            // What is marked so is decoded and not shown: it lies before the beginning that an edit list names.
            case "packet" when Field(fields, "flags")?.Contains('D', StringComparison.Ordinal) != true:
                _areAllTold &= seconds is not null;
                _times.Add(seconds ?? 0);
                break;
            case "stream":
                Rates.AddRange(new[] { Field(fields, "r_frame_rate"), Field(fields, "avg_frame_rate") }.OfType<string>());
                break;
            case "format":
                _start = seconds ?? 0;
                break;
        }
    }

    private static string? Field(string[] fields, string name) =>
        fields.FirstOrDefault(field => field.StartsWith(name, StringComparison.Ordinal) && field.Length > name.Length && field[name.Length] == '=')?[(name.Length + 1)..];
}
