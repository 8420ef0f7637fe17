using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Benchmarks;

/// <summary>
/// Three profiles of a 1080p video by one ffmpeg, beside one ffmpeg for each: processor time, memory, and whether the bytes are the same. The two ways take turns, and which
/// begins changes from round to round: a machine's pace drifts by more than the difference.
/// </summary>
internal static class Ladder
{
    private const double Target = 0.80;

    /// <summary>What is saved are decodes, so that it depends on what a decode costs: a camera's pictures take several times those that are made for sending.</summary>
    private static readonly (string What, int Kilobits, double? Target)[] Sources = [("a camera's, 20 Mb/s", 20_000, Target), ("made for sending, 8 Mb/s", 8_000, null)];

    public static int Run(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        var (seconds, rounds) = options.Quick ? (4, 1) : (24, 5);
        Console.WriteLine($"{seconds} s of 1920x1080 at 25 pictures a second into 1080p, 720p and 360p, libx264 veryfast, 4500k, 2500k and 800k, {rounds} rounds");
        Console.WriteLine();
        Console.WriteLine("| source | round | one ffmpeg: processor | memory | wall | three: processor | memory of the largest | wall | ratio of processor |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        var results = Sources.Select(source => Measure(source.What, source.Kilobits, source.Target, seconds, rounds, options.Directory)).ToList();
        Console.WriteLine();
        Console.WriteLine($"Totals: {string.Join("; ", results.Select(static result => result.Line))}; load average at the end {Machine.Load()}");
        return results.TrueForAll(static result => result.IsMet) ? 0 : 1;
    }

    private static (string Line, bool IsMet) Measure(string what, int kilobits, double? target, int seconds, int rounds, string directory)
    {
        using var scratch = new Scratch(directory);
        MakeVideo(LadderStep.Video(scratch.Root), seconds, kilobits);
        var pairs = new List<(Measured Together, Measured Single)>();
        for (var round = 1; round <= rounds; round++)
        {
            var (first, second) = round % 2 == 1 ? (LadderStep.Together, LadderStep.Single) : (LadderStep.Single, LadderStep.Together);
            var measured = new Dictionary<string, Measured> { [first] = Measure(first, scratch.Root, seconds), [second] = Measure(second, scratch.Root, seconds) };
            var (together, single) = (measured[LadderStep.Together], measured[LadderStep.Single]);
            pairs.Add((together, single));
            Console.WriteLine(FormattableString.Invariant($"| {what} | {round} | {together.Cells} | {single.Cells} | {together.Processor / single.Processor:F3} |"));
        }

        var same = Hashes(scratch[LadderStep.Together]).SequenceEqual(Hashes(scratch[LadderStep.Single]));
        var ratio = Median(pairs.Select(static pair => pair.Together.Processor / pair.Single.Processor));
        var isMet = same && !(ratio > target);
        var verdict = target is { } most ? FormattableString.Invariant($", target ≤ {most:F2} {(isMet ? "met" : "MISSED")}") : "";
        return (FormattableString.Invariant(
            $"{what}: {pairs.Sum(static pair => pair.Together.Processor):F1} s of processor time together, {pairs.Sum(static pair => pair.Single.Processor):F1} s one by one, median of the ratios {ratio:F3}{verdict}, peak memory {pairs.Max(static pair => pair.Together.PeakMemory) / 1e6:F0} MB together, {pairs.Max(static pair => pair.Single.PeakMemory) / 1e6:F0} MB one by one, files {(same ? "byte-identical" : "DIFFER")}"), isMet);
    }

    private static Measured Measure(string step, string directory, int seconds)
    {
        using var process = StepProcess.Start("ladder-step", step, directory, seconds);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        return process.ExitCode == 0
            ? new Measured(Number(output[0]), (long)Number(output[1]), Number(output[2]))
            : throw new InvalidOperationException($"The step {step} ended with {process.ExitCode}.");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // Movement and noise: a test picture that stands still costs an encoder next to nothing.
    private static void MakeVideo(string path, int seconds, int kilobits)
    {
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", FormattableString.Invariant($"testsrc2=size=1920x1080:rate=25:duration={seconds},noise=alls=12:allf=t"),
            "-f", "lavfi", "-i", FormattableString.Invariant($"sine=duration={seconds}"), "-c:v", "libx264", "-preset", "veryfast", "-b:v", FormattableString.Invariant($"{kilobits}k"), "-pix_fmt", "yuv420p", "-c:a", "aac", path,
        ];
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", arguments))!;
        ffmpeg.WaitForExit();
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException("ffmpeg could not make the video.");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static IEnumerable<string> Hashes(string directory) => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(path => Path.GetRelativePath(directory, path) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private readonly record struct Measured(double Processor, long PeakMemory, double Wall)
    {
        public string Cells => FormattableString.Invariant($"{Processor:F1} s | {PeakMemory / 1e6:F0} MB | {Wall:F1} s");
    }
}
