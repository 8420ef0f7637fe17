using System.Security.Cryptography;
using System.Text;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Version and build of an ffmpeg program, for <see cref="EncodeRecipe.EncoderVersion"/>: asked once, and again when the program's file is another one, so that a worker
/// which keeps running notices an upgrade. Thread-safe.
/// </summary>
/// <param name="program">Path of the program, or a name that is looked up in <c>PATH</c>. Links are followed. An encoder of your own on FFMpegCore gives <c>GlobalFFOptions.GetFFMpegBinaryPath()</c>.</param>
/// <param name="additional">What else decides about the bytes, put behind it: a driver's version, say.</param>
public sealed class FfmpegVersion(string program = "ffmpeg", string? additional = null) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private (SettledStamp Stamp, string Text)? _known;

    /// <summary>The program's version line, and a hash over all that <c>-version</c> says: its configuration and the versions of its libraries.</summary>
    /// <param name="cancellationToken">Ends the program where it had to be asked.</param>
    /// <exception cref="FfmpegException">The program was not found, or did not tell its version.</exception>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var path = ProgramPath.Find(program)
                ?? throw new FfmpegException($"{Path.GetFileName(program)} was not found. Install it in a directory of PATH, or name it with its whole path in FfmpegOptions.FfmpegPath.");
            var (stamp, isSettled) = await SettledStamp.SettledAsync(path, cancellationToken).ConfigureAwait(false);
            if (_known is { } known && known.Stamp == stamp)
                return known.Text;

            var text = await AskAsync(path, cancellationToken).ConfigureAwait(false);
            _known = isSettled ? (stamp, text) : null;
            return text;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // "ffmpeg version 5.1.9 …" for people, and a hash over all of it: configuration and library versions belong to the build.
    private async Task<string> AskAsync(string path, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        var tail = new ErrorTail();
        var exitCode = await ChildProcess.RunAsync(
            path, ["-version"], null, line => output.Append(line).Append('\n'), tail.Add, cancellationToken).ConfigureAwait(false);
        var text = output.ToString();
        if (exitCode != 0 || text.Length == 0)
            throw new FfmpegException($"{Path.GetFileName(path)} did not tell its version, exit code {exitCode}.{tail}") { ExitCode = exitCode };

        var first = text[..text.IndexOf('\n', StringComparison.Ordinal)];
        var end = first.IndexOf(" Copyright", StringComparison.Ordinal);
        var build = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        var version = $"{(end < 0 ? first : first[..end])} build {build}";
        return additional is null ? version : $"{version} {additional}";
    }
}
