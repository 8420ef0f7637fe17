using System.Diagnostics;
using EncoderWorker.Reporting;

namespace EncoderWorker.State;

/// <summary>The video that the sample encodes when it is given none: made once, kept in the state folder.</summary>
internal static class TestVideo
{
    private static readonly string[] _arguments =
    [
        "-hide_banner", "-loglevel", "error", "-nostdin", "-y",
        "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30",
        "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-t", "30", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4",
    ];

    /// <exception cref="InvalidOperationException">ffmpeg is missing or failed; the message says which.</exception>
    public static async Task<string> EnsureAsync(string folder, ProgressBoard board, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "test-1080p-30s.mp4");
        if (File.Exists(path))
            return path;

        board.Print("Making the test video (1080p, 30 s), once ...");
        Directory.CreateDirectory(folder);
        // Under another name until it is whole: a Ctrl-C here must not leave half a video for the next run.
        var unfinished = path + ".part";
        await RunAsync([.. _arguments, unfinished], cancellationToken);
        File.Move(unfinished, path, overwrite: true);
        return path;
    }

    private static async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var ffmpeg = Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true });
        try
        {
            var errors = await ffmpeg.StandardError.ReadToEndAsync(cancellationToken);
            await ffmpeg.WaitForExitAsync(cancellationToken);
            if (ffmpeg.ExitCode != 0)
                throw new InvalidOperationException($"ffmpeg could not make the test video (exit code {ffmpeg.ExitCode}): {errors.Trim()}");
        }
        catch (OperationCanceledException)
        {
            ffmpeg.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException("ffmpeg was not found. samples/run.sh installs it; by hand: apt-get install ffmpeg", exception);
        }
    }
}
