using System.Diagnostics;

namespace Adoption;

/// <summary>Stands for a class that a worker has had for years and that nobody wants to touch: no progress, no cancellation, its settings buried in it.</summary>
public sealed class LegacyTranscoder(string ffmpegPath, string? watermarkPath = null)
{
    public async Task<string> TranscodeAsync(string input, string outDir, string preset)
    {
        var (height, bitrate) = preset switch
        {
            "hd" => (720, "2800k"),
            "sd" => (480, "1400k"),
            "mobile" => (144, "200k"),
            _ => throw new ArgumentException($"There is no preset {preset}.", nameof(preset)),
        };
        Directory.CreateDirectory(outDir);
        var playlist = Path.Combine(outDir, "stream.m3u8");
        string[] inputs = watermarkPath is null ? ["-i", input] : ["-i", input, "-i", watermarkPath];
        var filter = watermarkPath is null ? $"[0:v]scale=-2:{height}[v]" : $"[0:v][1:v]overlay=8:8,scale=-2:{height}[v]";
        using var ffmpeg = Process.Start(new ProcessStartInfo(
            ffmpegPath,
            [
                "-v", "error", "-nostdin", "-y", .. inputs, "-filter_complex", filter, "-map", "[v]", "-map", "0:a?",
                "-c:v", "libx264", "-preset", "veryfast", "-b:v", bitrate, "-c:a", "aac",
                "-hls_time", "4", "-hls_list_size", "0", playlist,
            ]))!;
        await ffmpeg.WaitForExitAsync();
        return ffmpeg.ExitCode == 0 ? playlist : throw new InvalidOperationException($"ffmpeg ended with {ffmpeg.ExitCode}.");
    }
}
