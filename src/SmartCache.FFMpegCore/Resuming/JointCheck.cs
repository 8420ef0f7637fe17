using System.Globalization;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Whether the segments that were made again, as one, are those that are there: the same number of pictures, the same parameters of the stream, and pictures that are more alike
/// one by one than each with its neighbour. (Seen with right cuts and with cuts that were off by one: 47 to 60 dB against 27 to 31 dB.) A still is alike everywhere,
/// so that the number of pictures of the rest is compared too, at the end.
/// </summary>
/// <param name="ffmpeg">The program.</param>
/// <param name="directory">Where it may write, and where the run makes its segments.</param>
/// <param name="segments">Of the run.</param>
internal sealed class JointCheck(string ffmpeg, string directory, RunSegments segments)
{
    // 30 dB: the mean square of the difference, as a part of the greatest that can be.
    private const double MostDifference = 1 / 1000.0;

    // The last ones are those at the joint, which the rate control of the run has had the whole segment for.
    private const int PicturesOfJoint = 50;

    private static readonly int[] s_shifts = [-1, 0, 1];

    /// <param name="cut">What is there.</param>
    /// <param name="again">What was made again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ResumeException">It is another one.</exception>
    public async Task RunAsync(Cut cut, VideoSegment again, CancellationToken cancellationToken)
    {
        var (there, pictures) = (cut.Again[0].Video, cut.Kept.Pictures - cut.Picture);
        if (pictures != again.Pictures)
            throw Differs($"{again.Pictures} pictures are made again up to the joint, and {pictures} are there");
        if (there.Stream != again.Stream)
            throw Differs("the stream has other parameters");

        var tail = new ErrorTail();
        string path;
        using (var stream = await segments.CreateAsync(Path.Combine(directory, "there"), cut.Rate, buffer: null, cancellationToken).ConfigureAwait(false))
        {
            path = stream.Path;
            await stream.BeginAsync(again, cancellationToken).ConfigureAwait(false);
            foreach (var (video, facts) in cut.Again)
                await stream.AddAsync(video, facts.First, cancellationToken).ConfigureAwait(false);
        }

        var exitCode = await ChildProcess.RunAsync(ffmpeg, Arguments(path, segments.InputOf(again)), directory, static _ => { }, tail.Add, cancellationToken).ConfigureAwait(false);
        // It is killed for want of memory most likely, and would be at each attempt.
        if (FfmpegEnding.IsFromOutside(exitCode))
            throw new ResumeException("the comparison of the pictures at the joint was ended from outside") { IsProof = true };
        if (exitCode != 0)
            throw FfmpegEnding.Failure(exitCode, "comparing segments", tail);

        var differences = new List<double[]>();
        foreach (var shift in s_shifts)
            differences.Add(await ReadAsync(shift, cancellationToken).ConfigureAwait(false));
        var (before, at, behind) = (differences[0], differences[1], differences[2]);
        if (at.Length != pictures)
            throw Differs($"{at.Length} of {pictures} pictures at the joint can be decoded");
        if ((before.Length > 0 && at.Average() > Math.Min(before.Average(), behind.Average())) || at.TakeLast(PicturesOfJoint).Max() > MostDifference)
            throw Differs("the pictures at the joint are others");
    }

    private static ResumeException Differs(string reason) => new(reason) { IsProof = true, IsOfCut = true };

    private static string Log(int shift) => FormattableString.Invariant($"shift{shift}.log");

    // Each picture of one with that of the same number in the other, or with the one before or behind: by number, because the times are of two runs.
    private static IEnumerable<string> Arguments(string there, string again)
    {
        var graph = "[0:v]split=3[a-1][a0][a1];[1:v]split=3[b-1][b0][b1]";
        foreach (var shift in s_shifts)
        {
            graph += string.Create(CultureInfo.InvariantCulture, $";[a{shift}]trim=start_frame={Math.Max(0, -shift)},setpts=N/25/TB[c{shift}]")
                + string.Create(CultureInfo.InvariantCulture, $";[b{shift}]trim=start_frame={Math.Max(0, shift)},setpts=N/25/TB[d{shift}]")
                + string.Create(CultureInfo.InvariantCulture, $";[c{shift}][d{shift}]psnr=stats_file={Log(shift)}:shortest=1[e{shift}]");
        }

        return
        [
            "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-i", there, "-i", again, "-filter_complex", graph,
            .. s_shifts.SelectMany(static shift => new[] { "-map", FormattableString.Invariant($"[e{shift}]") }), "-f", "null", "-",
        ];
    }

    // n:1 mse_avg:0.00 mse_y:0.00 … psnr_avg:inf psnr_y:inf … The mean square is in steps of the samples, of which 10 bit have four times as many.
    private async Task<double[]> ReadAsync(int shift, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(directory, Log(shift)), cancellationToken).ConfigureAwait(false);
        return [.. lines.Select(static line => line.Split("psnr_avg:")[1].Split(' ')[0]).Select(static dB => dB == "inf" ? 0 : Math.Pow(10, -double.Parse(dB, CultureInfo.InvariantCulture) / 10))];
    }
}
