using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Benchmarks;

/// <summary>
/// A worker is killed in the middle of an encode, and another one goes on: what of the processor time of a whole encode the retry takes. The whole encode is made twice,
/// without checkpoints and with them: the bytes must be the same, and what the worker's own process takes more is said.
/// </summary>
internal static class Resume
{
    private const double MostOwnGrowth = 0.01;

    private static readonly (int KilledAt, double Target)[] Deaths = [(95, 0.12), (50, 0.58)];

    public static int Run(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        var seconds = options.VideoSeconds;
        using var scratch = new Scratch(options.Directory);
        MakeVideo(ResumeStep.Video(scratch.Root), scratch["piece.mp4"], seconds);
        Console.WriteLine($"{seconds} s of 1920x1080 at 25 pictures a second into 720p, libx264 veryfast, CRF; a worker of its own for each row");
        Console.WriteLine();
        Console.WriteLine("| encode | ffmpeg: processor | the worker itself | wall | work taken over | share of a whole encode | target |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        var off = Whole(ResumeStep.Off, "whole, checkpoints off", scratch.Root, seconds);
        var on = Whole("on", "whole, checkpoints on", scratch.Root, seconds);
        var whole = (off.All + on.All) / 2;
        var isMet = true;
        var totals = new List<string>();
        foreach (var (killedAt, target) in Deaths)
        {
            var name = FormattableString.Invariant($"killed-at-{killedAt}");
            Kill(name, scratch.Root, seconds, killedAt / 100.0);
            var retry = Step(name, scratch.Root, seconds);
            var share = retry.All / whole;
            isMet &= share <= target && retry.Reused > 0;
            Console.WriteLine(FormattableString.Invariant($"| retry of one killed at {killedAt} % | {retry.Cells} | {retry.Reused:F0} s | {share:P1} | ≤ {target:P0} |"));
            totals.Add(FormattableString.Invariant($"killed at {killedAt} %: {share:P1} of a whole encode, target ≤ {target:P0} {(share <= target && retry.Reused > 0 ? "met" : "MISSED")}"));
        }

        var same = Hashes(scratch[ResumeStep.Output(ResumeStep.Off)]).SequenceEqual(Hashes(scratch[ResumeStep.Output("on")]));
        var growth = (on.Own - off.Own) / off.Children;
        isMet &= same && growth <= MostOwnGrowth;
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant(
            $"Totals: {string.Join("; ", totals)}; with checkpoints the first attempt's files are {(same ? "byte-identical" : "DIFFERENT")}, its worker takes {growth:P2} of the encode's processor time more, target ≤ {MostOwnGrowth:P0} {(growth <= MostOwnGrowth ? "met" : "MISSED")}; load average at the end {Machine.Load()}"));
        return isMet ? 0 : 1;
    }

    private static Measured Whole(string step, string what, string directory, int seconds)
    {
        var measured = Step(step, directory, seconds);
        Console.WriteLine(FormattableString.Invariant($"| {what} | {measured.Cells} | | | |"));
        return measured;
    }

    private static Measured Step(string step, string directory, int seconds)
    {
        using var process = StepProcess.Start("resume-step", step, directory, seconds);
        process.StandardInput.Close();
        var last = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            last = line;
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? Measured.Parse(last) : throw new InvalidOperationException($"The step {step} ended with {process.ExitCode}: {last}");
    }

    // The worker and its ffmpeg at once, as when a container ends.
    private static void Kill(string step, string directory, int seconds, double at)
    {
        using var process = StepProcess.Start("resume-step", step, directory, seconds);
        process.StandardInput.Close();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (double.TryParse(line, CultureInfo.InvariantCulture, out var fraction) && fraction >= at)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return;
            }
        }

        throw new InvalidOperationException($"The step {step} ended before it was killed.");
    }

    // Movement and noise: a test picture that stands still costs an encoder next to nothing. A minute is made, and repeated without being encoded again.
    private static void MakeVideo(string path, string piece, int seconds)
    {
        var length = Math.Min(60, seconds);
        Ffmpeg(
            "-f", "lavfi", "-i", FormattableString.Invariant($"testsrc2=size=1920x1080:rate=25:duration={length},noise=alls=12:allf=t"),
            "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8000k", "-bf", "0", "-pix_fmt", "yuv420p", piece);
        Ffmpeg(
            "-stream_loop", "-1", "-i", piece, "-f", "lavfi", "-i", FormattableString.Invariant($"sine=duration={seconds}"),
            "-map", "0:v", "-map", "1:a", "-t", seconds.ToString(CultureInfo.InvariantCulture), "-c:v", "copy", "-c:a", "aac", path);
        File.Delete(piece);
    }

    private static void Ffmpeg(params string[] arguments)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", .. arguments]))!;
        ffmpeg.WaitForExit();
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException("ffmpeg could not make the video.");
        }
    }

    private static IEnumerable<string> Hashes(string directory) => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(path => Path.GetRelativePath(directory, path) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private readonly record struct Measured(double Children, double Own, double Wall, double Reused)
    {
        public double All => Children + Own;

        public string Cells => FormattableString.Invariant($"{Children:F1} s | {Own:F2} s | {Wall:F1} s");

        public static Measured Parse(string line) => line.Split(' ').Select(static text => double.Parse(text, CultureInfo.InvariantCulture)).ToList() is [var children, var own, var wall, var reused]
            ? new Measured(children, own, wall, reused)
            : throw new InvalidOperationException($"A step said {line}.");
    }
}
