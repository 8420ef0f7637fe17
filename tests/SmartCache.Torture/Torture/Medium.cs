using System.Diagnostics;

namespace SmartCache.Torture;

/// <summary>The file system that a run has its cache and its jobs' files on: the directory's own, or an ext4 image with a weakness.</summary>
internal sealed class Medium : IDisposable
{
    public const string Plain = "plain";

    /// <summary>128-byte inodes have no room for nanoseconds: two writes within a second leave one time.</summary>
    public const string Coarse = "coarse";

    /// <summary>Bytes are plenty, inodes are not.</summary>
    public const string FewInodes = "few-inodes";

    private readonly string _image;
    private bool _mounted;

    private Medium(string directory)
    {
        Path = System.IO.Path.Combine(directory, "disk");
        _image = System.IO.Path.Combine(directory, "disk.img");
    }

    public string Path { get; }

    /// <exception cref="IOException">It cannot be made or mounted.</exception>
    public static Medium? Mount(string kind, string directory)
    {
        string[]? options = kind switch
        {
            Plain => null,
            Coarse => ["-I", "128"],
            FewInodes => ["-N", "1024"],
            _ => throw new ArgumentException($"--medium {kind}: {Plain}, {Coarse} or {FewInodes} is meant."),
        };
        if (options is null)
        {
            return null;
        }

        var medium = new Medium(directory);
        try
        {
            Directory.CreateDirectory(medium.Path);
            using (var file = File.Create(medium._image))
            {
                file.SetLength(512 << 20);
            }

            Run("mkfs.ext4", ["-q", "-F", .. options, medium._image]);
            Run("mount", "-o", "loop", medium._image, medium.Path);
            medium._mounted = true;
            return medium;
        }
        catch
        {
            medium.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_mounted)
        {
            Run("umount", "-l", Path);
            _mounted = false;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new IOException($"{program} {string.Join(' ', arguments)}: {error}");
        }
    }
}
