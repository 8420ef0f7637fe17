using System.Diagnostics;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Videos of a few seconds, made once per test run.</summary>
public sealed class TinyMedia : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public TinyMedia()
    {
        Make(WithAudio, "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=4", "-f", "lavfi", "-i", "sine=duration=4", "-c:a", "aac");
        Make(Silent, "-f", "lavfi", "-i", "testsrc2=size=162x122:rate=30000/1001:duration=3");
        Make(LongAudio, "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=5", "-c:a", "aac");
        Make(Rotated, "-i", WithAudio, "-c", "copy", "-metadata:s:v", "rotate=90");
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("This is not a video.\n", 200)));

        // Enough for a run that can be interrupted in its middle.
        Make(Slow, "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=60", "-f", "lavfi", "-i", "sine=duration=60", "-c:a", "aac");
        var whole = File.ReadAllBytes(WithFastStart());
        File.WriteAllBytes(Cut, whole[..(whole.Length * 6 / 10)]);
    }

    /// <summary>4 s, 160x120.</summary>
    public string WithAudio => _scratch["with audio.mp4"];

    /// <summary>3 s, 162x122, 29.97 frames per second.</summary>
    public string Silent => _scratch["silent.mp4"];

    /// <summary>2 s of pictures, 5 s of sound.</summary>
    public string LongAudio => _scratch["long-audio.mp4"];

    public string Rotated => _scratch["rotated.mp4"];

    public string Text => _scratch["text.mp4"];

    /// <summary>60 s, 640x360.</summary>
    public string Slow => _scratch["slow.mp4"];

    /// <summary>60 % of a fast-start file: its head says 4 s.</summary>
    public string Cut => _scratch["cut.mp4"];

    public void Dispose() => _scratch.Dispose();

    private string WithFastStart()
    {
        Make(_scratch["fast.mp4"], "-i", WithAudio, "-c", "copy", "-movflags", "+faststart");
        return _scratch["fast.mp4"];
    }

    private static void Make(string path, params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardError = true };
        foreach (var argument in (string[])["-v", "error", "-nostdin", .. arguments])
            start.ArgumentList.Add(argument);
        if (!arguments.Contains("copy"))
        {
            foreach (var argument in (string[])["-c:v", "libx264", "-preset", "ultrafast"])
                start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(path);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(error);
    }
}
