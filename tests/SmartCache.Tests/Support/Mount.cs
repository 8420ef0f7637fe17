using System.Diagnostics;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A real file system of its own: an image mounted through a loop device, or a tmpfs. Unmounted and removed when disposed of.</summary>
internal sealed class Mount : IDisposable
{
    private static readonly Lazy<string?> _whyNot = new(Try);
    private static readonly string[] _toolDirectories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-mount-").FullName;

    private Mount()
    {
        Path = System.IO.Path.Combine(_directory, "mnt");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Why nothing can be mounted here; <see langword="null"/> where it can.</summary>
    public static string? WhyNot(string tool) =>
        !OperatingSystem.IsLinux() ? "Mounting needs Linux."
        : _whyNot.Value ?? (_toolDirectories.Any(path => File.Exists(System.IO.Path.Combine(path, tool))) ? null : $"{tool} is not installed.");

    public static Mount Tmpfs(int megabytes)
    {
        var mount = new Mount();
        mount.OrDispose(() => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", mount.Path));
        return mount;
    }

    /// <summary>An image of a kind: <c>xfs</c>, <c>btrfs</c> or <c>ext4</c>, with further options of its mkfs behind it. It is sparse; xfs needs 300 MB, btrfs 120.</summary>
    /// <param name="kind">Of file system.</param>
    /// <param name="megabytes">How large.</param>
    /// <param name="option">To mount it with.</param>
    /// <param name="make">To make it with.</param>
    public static Mount Image(string kind, int megabytes, string? option = null, params string[] make)
    {
        var mount = new Mount();
        mount.OrDispose(() =>
        {
            var image = System.IO.Path.Combine(mount._directory, "image");
            using (var file = File.Create(image))
            {
                file.SetLength((long)megabytes << 20);
            }

            var (name, further) = kind.Split(' ') is [var first, .. var rest] ? (first, rest) : (kind, []);
            string[] options = name switch { "xfs" => ["-q", "-m", "reflink=1"], "btrfs" => ["-q"], _ => ["-q", "-F"] };
            Run("mkfs." + name, [.. options, .. further, .. make, image]);
            Run("mount", "-o", string.Join(',', new[] { "loop", name == "ext4" ? "errors=remount-ro" : null, option }.OfType<string>()), image, mount.Path);
        });
        return mount;
    }

    /// <summary>As a container lays its own files over those of its image: what is in <paramref name="lower"/> is there, and nothing of it can be renamed.</summary>
    public static Mount Overlay(string lower, string upper, string work)
    {
        var mount = new Mount();
        mount.OrDispose(() => Run("mount", "-t", "overlay", "overlay", "-o", $"lowerdir={lower},upperdir={upper},workdir={work},redirect_dir=off", mount.Path));
        return mount;
    }

    /// <summary>Makes a file one that the disk does not give: its bytes on the device no longer have btrfs's checksum, and each read ends with EIO. It must not lie in the tree itself (2 KiB and less).</summary>
    public void MakeUnreadable(string file)
    {
        Run("sync", "-f", file);
        var wanted = File.ReadAllBytes(file).AsSpan(0, 512).ToArray();
        using (var image = new FileStream(System.IO.Path.Combine(_directory, "image"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var block = new byte[4096];
            while (image.Read(block) == block.Length)
            {
                if (block.AsSpan().StartsWith(wanted))
                {
                    image.Position -= block.Length;
                    image.WriteByte((byte)~block[0]);
                    image.Position += block.Length - 1;
                }
            }
        }

        FileSystem.Current.DropFromPageCache(file);
    }

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    /// <summary>What the kernel does to an ext4 that met an error: read-only, also under files that are open for writing.</summary>
    public void BreakExt4() => Run("mount", "-o", "remount,abort", Path);

    /// <summary>
    /// A disk none of whose sectors can be read any more: the kernel answers a read beyond the end of the image with an error of input and output.
    /// What lies in the page cache can be read still, so the given files are dropped from it.
    /// </summary>
    public void LoseSectors(IEnumerable<string> files)
    {
        Run("sync", "-f", Path);
        foreach (var file in files)
        {
            FileSystem.Current.DropFromPageCache(file);
        }

        using var image = new FileStream(System.IO.Path.Combine(_directory, "image"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        image.SetLength(0);
    }

    public void Dispose()
    {
        // Lazily, so that a file which a failed test left open does not keep the mount for ever.
        using (var unmount = Start("umount", "-l", Path))
        {
            unmount.WaitForExit();
        }

        // Where it is mounted still, only what lies beside it may be deleted.
        try
        {
            Directory.Delete(Path);
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            File.Delete(System.IO.Path.Combine(_directory, "image"));
        }
    }

    public static void Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new IOException($"{program} {string.Join(' ', arguments)}: {error}");
        }
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static string? Try()
    {
        try
        {
            Tmpfs(1).Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or System.ComponentModel.Win32Exception)
        {
            return $"Mounting is not allowed here: {exception.Message}";
        }
    }

    private void OrDispose(Action action)
    {
        try
        {
            action();
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
