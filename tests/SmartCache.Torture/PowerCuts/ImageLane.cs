using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Torture.PowerCuts;

/// <summary>A place where one image after the other is laid out, mounted, looked at and unmounted.</summary>
internal sealed class ImageLane : IDisposable
{
    private readonly DiskKind _kind;
    private readonly string _path;
    private readonly string _loop;
    private readonly SafeFileHandle _image;

    public ImageLane(DiskKind kind, string directory, ImageStore store, int number)
    {
        _kind = kind;
        var name = number.ToString(CultureInfo.InvariantCulture);
        _path = Path.Combine(store.Root, name);
        Root = Path.Combine(directory, "lanes", name);
        Directory.CreateDirectory(Root);
        _image = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(_image, DiskKind.Size);
        _loop = Shell.Run("losetup", "-f", "--show", _path);
    }

    /// <summary>Where the image is mounted.</summary>
    public string Root { get; }

    /// <summary>Of each file of the image as it was recovered: its path below <see cref="Root"/> and the SHA-256 of its bytes.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Begins an image.</summary>
    public void Clone(BaseImage disk, CrashImage image) => disk.Clone(image, _image);

    /// <summary>Completes it and lets the file system recover.</summary>
    /// <returns>The hash of the recovered tree.</returns>
    public string Recover(BaseImage disk, CrashImage image)
    {
        disk.Finish(image, _image);
        try
        {
            DiskNative.Mount(_loop, Root, _kind.Type, _kind.ImageOptions);
        }
        catch (IOException exception)
        {
            throw new RefusedImageException(exception.Message);
        }

        return HashTree();
    }

    public void Unmount() => DiskNative.Unmount(Root);

    public void Dispose()
    {
        Unmount();
        Shell.Run("losetup", "-d", _loop);
        _image.Dispose();
    }

    private string HashTree()
    {
        Files.Clear();
        using var tree = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var hash = "directory";
            if (!Directory.Exists(path))
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
                hash = Convert.ToHexStringLower(SHA256.HashData(stream));
                Files[path] = hash;
            }

            tree.AppendData(Encoding.UTF8.GetBytes($"{path[Root.Length..]}\n{hash}\n"));
        }

        return Convert.ToHexStringLower(tree.GetHashAndReset());
    }
}
