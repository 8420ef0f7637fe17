using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Tests.Support;

/// <summary>A real file system that hangs: bindfs over a directory, whose process is stopped, so that not even a look comes back; or is killed, as a network mount goes away.</summary>
internal sealed class FuseMount : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-fuse-").FullName;
    private readonly Process _process;

    public FuseMount()
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(_directory, "mnt")).FullName;
        var below = Directory.CreateDirectory(System.IO.Path.Combine(_directory, "below")).FullName;
        _process = Process.Start("bindfs", ["-f", below, Path]);
        SpinWait.SpinUntil(() => _process.HasExited || File.ReadAllText("/proc/self/mounts").Contains($" {Path} fuse", StringComparison.Ordinal), HangGuard.Limit)
            .Should().BeTrue("bindfs mounts");
        _process.HasExited.Should().BeFalse("bindfs serves");
    }

    public string Path { get; }

    public void Hang() => Signal("STOP");

    public void Answer() => Signal("CONT");

    public void GoAway()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            GoAway();
        }

        _process.Dispose();
        Mount.Run("umount", "-l", Path);
        Directory.Delete(_directory, recursive: true);
    }

    private void Signal(string name)
    {
        if (!_process.HasExited)
        {
            Mount.Run("kill", "-" + name, _process.Id.ToString(CultureInfo.InvariantCulture));
        }
    }
}
