using System.Diagnostics;

namespace Adoption;

/// <summary>Version and build options of the ffmpeg that the worker calls, asked again when the program on disk is another one.</summary>
public sealed class FfmpegBuild(string ffmpegPath)
{
    private volatile Known? _known;

    public async ValueTask<string> VersionAsync(CancellationToken cancellationToken = default)
    {
        // Through links: an upgrade changes the file behind /usr/bin/ffmpeg, and the worker keeps running.
        var program = new FileInfo(File.ResolveLinkTarget(ffmpegPath, returnFinalTarget: true)?.FullName ?? ffmpegPath);
        if (_known is { } known && known.Written == program.LastWriteTimeUtc && known.Length == program.Length)
            return known.Version;

        using var process = Process.Start(new ProcessStartInfo(ffmpegPath, ["-version"]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg -version ended with {process.ExitCode}.");
        var version = string.Join("; ", text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        _known = new Known(program.LastWriteTimeUtc, program.Length, version);
        return version;
    }

    private sealed record Known(DateTime Written, long Length, string Version);
}
