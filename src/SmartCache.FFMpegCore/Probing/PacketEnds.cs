using System.Globalization;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Probing;

/// <summary>Where the packets of a file end, on its own clock: those of the pictures, and the last one of any stream.</summary>
/// <param name="Pictures">In seconds.</param>
/// <param name="Last">In seconds.</param>
/// <param name="Rate">Pictures per second over all of the file, where all of it was read.</param>
internal readonly record struct PacketEnds(double Pictures, double Last, double? Rate)
{
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(10);

    // Further than any video: the demuxer goes to its last key frame, and what follows that is read.
    private const string FromTheEnd = "100000000%";

    /// <summary>
    /// Reads the end of a file, which takes a moment; where the format cannot be entered there, or the pictures are to be counted, the whole of it. Nothing is decoded.
    /// </summary>
    /// <param name="program">ffprobe.</param>
    /// <param name="path">The file.</param>
    /// <param name="pictures">Index of the stream.</param>
    /// <param name="counts">Whether the rate is wanted.</param>
    /// <param name="time">Clock of the limit.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><see langword="null"/> where it is not known after 10 seconds, or ffprobe cannot say.</returns>
    public static async Task<PacketEnds?> MeasureAsync(string program, string path, int pictures, bool counts, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_timeLimit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        PacketEnds? known = null;
        try
        {
            known = await ReadAsync(program, path, pictures, ["-read_intervals", FromTheEnd], end.Token).ConfigureAwait(false);
            return known is null || counts ? await ReadAsync(program, path, pictures, [], end.Token).ConfigureAwait(false) ?? known : known;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return known;
        }
        catch (FfmpegException)
        {
            return known;
        }
    }

    private static async Task<PacketEnds?> ReadAsync(string program, string path, int pictures, string[] interval, CancellationToken cancellationToken)
    {
        var reader = new Reader(pictures, isWhole: interval.Length == 0);
        var exitCode = await ChildProcess.RunAsync(
            program,
            ["-v", "quiet", "-protocol_whitelist", "file", .. interval, "-show_entries", "packet=stream_index,pts_time,dts_time,duration_time", "-of", "csv=p=0", "-i", path],
            null,
            reader.Read,
            static _ => { },
            cancellationToken).ConfigureAwait(false);
        return exitCode == 0 ? reader.Ends : null;
    }

    private sealed class Reader(int pictures, bool isWhole)
    {
        private double? _last;
        private double? _latestPicture;
        private double? _pictureEnd;
        private double? _earliestPicture;
        private int _count;

        public PacketEnds? Ends => _pictureEnd is { } end ? new PacketEnds(end, Math.Max(_last ?? end, end), Rate) : null;

        private double? Rate => isWhole && _latestPicture - _earliestPicture is > 0 and var span ? (_count - 1) / span : null;

        // stream_index,pts_time,dts_time,duration_time
        public void Read(string line)
        {
            var fields = line.Split(',');
            if (fields.Length < 4 || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var stream) || (Number(fields[1]) ?? Number(fields[2])) is not { } start)
                return;

            var length = Number(fields[3]);
            if (stream == pictures)
            {
                // Where a packet does not say how long it lasts (WebM of a browser), the last picture lasts as long as the one before.
                length ??= start - _latestPicture;
                if (!(_latestPicture >= start))
                    _latestPicture = start;
                if (!(_earliestPicture <= start))
                    _earliestPicture = start;
                _count++;
                _pictureEnd = Math.Max(_pictureEnd ?? 0, start + Math.Max(length ?? 0, 0));
            }

            _last = Math.Max(_last ?? 0, start + Math.Max(length ?? 0, 0));
        }

        private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
