using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// A file system on a disk that writes down what it is told: nbdkit keeps the disk, nbdfuse shows it as a file, a loop device with direct I/O passes
/// writes and flushes through.
/// </summary>
internal sealed class RecordedDisk : IDisposable
{
    private static readonly string[] _tools = ["nbdkit", "nbdfuse", "fusermount3", "losetup", "mkfs.xfs"];

    private readonly string _directory;
    private Process? _server;
    private Process? _front;
    private string? _loop;
    private bool _isMounted;

    private RecordedDisk(string directory) => _directory = directory;

    public string Root => Path.Combine(_directory, "mnt");

    /// <summary>The record. Its length says how far the disk has come.</summary>
    public string Log => Path.Combine(_directory, "disk.log");

    /// <summary>How long the record was when the empty file system was mounted.</summary>
    public long Begin { get; private set; }

    /// <summary>Why there can be none here; <see langword="null"/> where there can.</summary>
    public static string? WhyNot() => WhyNot(DiskKind.Named("ext4")) ?? Try();

    /// <summary>The same without trying.</summary>
    public static string? WhyNot(DiskKind kind)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return "Power cuts need Linux and root: file systems are mounted.";
        }

        if (_tools.Append(kind.Make[0]).FirstOrDefault(static tool => !IsThere(tool)) is { } missing)
        {
            return $"{missing} is not there (Debian: nbdkit nbdkit-plugin-python libnbd-bin fuse3 xfsprogs btrfs-progs).";
        }

        return !File.Exists("/dev/fuse") ? "/dev/fuse is not there." : !File.Exists("/dev/loop-control") ? "/dev/loop-control is not there." : null;
    }

    private static string? Try()
    {
        var directory = Directory.CreateTempSubdirectory("smartcache-recorded-").FullName;
        try
        {
            Mount(DiskKind.Named("ext4"), directory).Dispose();
            return null;
        }
        catch (IOException exception)
        {
            return $"No disk can be recorded here: {exception.Message}";
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <exception cref="IOException">A step is refused.</exception>
    public static RecordedDisk Mount(DiskKind kind, string directory)
    {
        var disk = new RecordedDisk(directory);
        try
        {
            disk.Start(kind);
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_isMounted)
        {
            DiskNative.Unmount(Root);
            _isMounted = false;
        }

        Quietly(() =>
        {
            if (_loop is not null)
            {
                Shell.Run("losetup", "-d", _loop);
            }
        });
        if (_front is not null)
        {
            Quietly(() => Shell.Run("fusermount3", "-u", Path.Combine(_directory, "fuse")));
        }

        End(_front);
        End(_server);
    }

    private void Start(DiskKind kind)
    {
        var (socket, fuse) = (Path.Combine(_directory, "socket"), Path.Combine(_directory, "fuse"));
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(fuse);
        _server = Start(
            "nbdkit", "-f", "-U", socket, "python", Path.Combine(AppContext.BaseDirectory, "recorder.py"), string.Create(CultureInfo.InvariantCulture, $"size={DiskKind.Size}"), "log=" + Log);
        WaitFor(() => File.Exists(socket), _server);
        var file = Path.Combine(fuse, "disk");
        _front = Start("nbdfuse", file, "nbd+unix:///?socket=" + socket);
        WaitFor(() => File.Exists(file), _front);
        Shell.Run(kind.Make[0], [.. kind.Make.Skip(1), file]);
        _loop = Shell.Run("losetup", "-f", "--show", "--direct-io=on", file);
        DiskNative.Mount(_loop, Root, kind.Type, kind.Options);
        _isMounted = true;
        Shell.Run("sync", "-f", Root);
        Begin = new FileInfo(Log).Length;
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments))!;

    private static void WaitFor(Func<bool> isThere, Process process)
    {
        for (var clock = Stopwatch.StartNew(); !isThere(); Thread.Sleep(20))
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new IOException($"{process.StartInfo.FileName} did not come up.");
            }
        }
    }

    private static void End(Process? process)
    {
        if (process is null)
        {
            return;
        }

        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine(exception.Message);
        }
    }

    private static bool IsThere(string tool) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':').Any(directory => directory.Length > 0 && File.Exists(Path.Combine(directory, tool)));
}
