using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Tests.Sample;

/// <summary>Videos small enough to encode in a test, made with ffmpeg once per test run.</summary>
internal static class TinyVideo
{
    private static readonly string? s_ffmpeg = Find("ffmpeg");

    public static string? ReasonToSkip { get; } = s_ffmpeg is not null && Find("ffprobe") is not null ? null : "ffmpeg or ffprobe is not in PATH";

    public static string Ffmpeg => s_ffmpeg!;

    /// <summary>An MP4 of 320x180 with sound.</summary>
    public static async Task<string> MakeAsync(string directory, int seconds)
    {
        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"tiny-{seconds}s.mp4"));
        using var ffmpeg = Process.Start(new ProcessStartInfo(
            Ffmpeg,
            [
                "-v", "error", "-nostdin", "-y",
                "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25",
                "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
                "-t", seconds.ToString(CultureInfo.InvariantCulture), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
            ]))!;
        await ffmpeg.WaitForExitAsync();
        ffmpeg.ExitCode.Should().Be(0, "ffmpeg must make the test's video");
        return path;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
}
