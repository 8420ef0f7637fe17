using System.Diagnostics;

namespace SmartCache.Tests.Stages;

/// <summary>A tmpfs on a directory, for a real full disk.</summary>
internal sealed class TmpfsMount : IDisposable
{
    private readonly string _path;

    public TmpfsMount(string path, string size)
    {
        _path = path;
        Directory.CreateDirectory(path);
        Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", path);
    }

    public void Dispose() => Run("umount", "-l", _path);

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(error.Trim());
    }
}
