namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A program made of shell.</summary>
internal static class ShellScript
{
    public static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
