using System.Diagnostics;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>The real ffmpeg and ffprobe, to make videos and to look at them.</summary>
internal static class MediaTool
{
    /// <summary>Pictures of 160x120 at 25 per second.</summary>
    public static string[] Pictures(double seconds, string size = "160x120", string rate = "25") =>
        ["-f", "lavfi", "-i", FormattableString.Invariant($"testsrc2=size={size}:rate={rate}:duration={seconds}")];

    public static string[] Sound(double seconds, int rate = 44_100) => ["-f", "lavfi", "-i", FormattableString.Invariant($"sine=duration={seconds}:sample_rate={rate}")];

    public static string[] X264 { get; } = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];

    public static string[] Vp8 { get; } = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"];

    public static string Make(string path, params string[] arguments)
    {
        Run("ffmpeg", null, ["-v", "error", "-nostdin", "-y", .. arguments, path]);
        return path;
    }

    /// <summary>Through a pipe: the muxer cannot go back and write lengths into the head.</summary>
    public static string MakePiped(string path, string format, params string[] arguments)
    {
        using var process = Start("ffmpeg", null, ["-v", "error", "-nostdin", .. arguments, "-f", format, "pipe:1"]);
        using (var file = File.Create(path))
            process.StandardOutput.BaseStream.CopyTo(file);
        End(process);
        return path;
    }

    /// <summary>What ffprobe says about entries of the first video stream, in its own order.</summary>
    public static string Probe(string path, string entries, params string[] arguments) =>
        Run("ffprobe", null, ["-v", "error", "-select_streams", "V:0", .. arguments, "-show_entries", entries, "-of", "csv=p=0", path]).Split('\n')[0].Trim(',', '\r');

    public static int CountPictures(string path) => int.Parse(Probe(path, "stream=nb_read_packets", "-count_packets"));

    /// <summary>Counts what can be decoded of the pictures.</summary>
    public static int CountDecoded(string path) => int.Parse(Probe(path, "stream=nb_read_frames", "-count_frames"));

    public static string Run(string program, string? directory, IEnumerable<string> arguments)
    {
        using var process = Start(program, directory, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        return End(process) is var _ ? output.GetAwaiter().GetResult() : "";
    }

    private static Process Start(string program, string? directory, IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = directory ?? "" })!;

    private static int End(Process process)
    {
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? 0 : throw new InvalidOperationException(error);
    }
}
