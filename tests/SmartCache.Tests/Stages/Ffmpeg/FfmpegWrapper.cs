using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>
/// A shell script in ffmpeg's place: counts its starts, notes its process id and that of the real ffmpeg, which is its child, and can slow it down
/// to so many seconds of the video in a second that a test finds it in mid-run.
/// </summary>
internal sealed class FfmpegWrapper
{
    // What the real one says of itself: it is asked once in a run of the tests.
    private static readonly Lazy<string> s_version = new(static () => MediaTool.Run("ffmpeg", null, ["-version"]));

    private readonly string _starts;
    private readonly string _pids;

    public FfmpegWrapper(ScratchDirectory scratch, int speed = 0, string? instead = null)
    {
        Path = scratch["wrapper/ffmpeg"];
        _starts = scratch["wrapper/starts"];
        _pids = scratch["wrapper/pids"];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path + ".version", s_version.Value);
        ShellScript.Write(Path, $"""
            #!/bin/sh
            echo "$*" >> '{_starts}'
            case "$1" in -version) exec cat '{Path}.version';; esac
            {instead ?? $"ffmpeg {(speed > 0 ? $"-readrate {speed}" : "")} \"$@\" &"}
            echo "$$ $!" > '{_pids}.new' && mv '{_pids}.new' '{_pids}'
            wait $!
            """);
    }

    public string Path { get; }

    /// <summary>The arguments of each start.</summary>
    public IReadOnlyList<string> Starts => File.Exists(_starts) ? File.ReadAllLines(_starts) : [];

    public int WrapperPid => Pid(0);

    public int FfmpegPid => Pid(1);

    public bool WrapperRuns => Runs(WrapperPid);

    public bool FfmpegRuns => Runs(FfmpegPid);

    private static bool Runs(int pid)
    {
        try
        {
            // A zombie is gone; who waits for it is init's business.
            return !File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].StartsWith(" Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private int Pid(int index) => int.Parse(File.ReadAllText(_pids).Split(' ')[index], CultureInfo.InvariantCulture);
}
