using System.Diagnostics;
using System.Globalization;

namespace PoolWorker.Pool;

/// <summary>Test videos of ffmpeg, each with pictures of its own.</summary>
internal static class Videos
{
    public const int Seconds = 20;

    public static async Task MakeAsync(string path, int hue)
    {
        string[] arguments =
        [
            "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
            "-f", "lavfi", "-i", string.Create(CultureInfo.InvariantCulture, $"testsrc2=size=1280x720:rate=25:duration={Seconds},hue=h={hue}"),
            "-f", "lavfi", "-i", string.Create(CultureInfo.InvariantCulture, $"sine=frequency={300 + hue}:sample_rate=48000:duration={Seconds}"),
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", path,
        ];
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true })!;
        var errors = await ffmpeg.StandardError.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        if (ffmpeg.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg could not make {path}: {errors.Trim()}");
    }
}
