using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Torture.PowerCuts;

/// <summary>A place where one image after the other is laid out, mounted, looked at and unmounted.</summary>
internal sealed class ImageLane : IDisposable
{
    private const int BufferLength = 1 << 20;
    private const int BufferAlignment = 4096; // or what is read past the kernel's memory is refused

    private readonly DiskKind _kind;
    private readonly string _path;
    private readonly string _loop;
    private readonly SafeFileHandle _image;
    private readonly unsafe void* _buffer = NativeMemory.AlignedAlloc(BufferLength, BufferAlignment);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

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

    private unsafe Span<byte> Buffer => new(_buffer, BufferLength);

    /// <summary>Where the image is mounted.</summary>
    public string Root { get; }

    /// <summary>Of each file of the image as it was recovered: its path below <see cref="Root"/> and the SHA-256 of its bytes.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Begins an image.</summary>
    public void Clone(BaseImage disk, CrashImage image) => disk.Clone(image, _image);

    /// <summary>What is mounted.</summary>
    public SafeFileHandle Image => _image;

    /// <summary>Lets the file system recover.</summary>
    /// <exception cref="RefusedImageException">It does not.</exception>
    public void Mount()
    {
        try
        {
            DiskNative.Mount(_loop, Root, _kind.Type, _kind.ImageOptions);
        }
        catch (IOException exception)
        {
            throw new RefusedImageException(exception.Message);
        }
    }

    public void Unmount() => DiskNative.Unmount(Root);

    public unsafe void Dispose()
    {
        Unmount();
        NativeMemory.AlignedFree(_buffer);
        Shell.Run("losetup", "-d", _loop);
        _image.Dispose();
        _hash.Dispose();
    }

    /// <summary>The hash of all that is there, by which an image counts.</summary>
    public string HashTree()
    {
        Files.Clear();
        using var tree = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var found in new DirectoryInfo(Root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(static found => found.FullName, StringComparer.Ordinal))
        {
            var hash = found is DirectoryInfo ? "directory" : Files[found.FullName] = HashFile(found.FullName);
            tree.AppendData(Encoding.UTF8.GetBytes($"{found.FullName[Root.Length..]}\n{hash}\n"));
        }

        return Convert.ToHexStringLower(tree.GetHashAndReset());
    }

    private string HashFile(string path)
    {
        using var file = DiskNative.OpenDirect(path);
        var (length, at) = (RandomAccess.GetLength(file), 0L);
        while (at < length && RandomAccess.Read(file, Buffer, at) is var read && read > 0)
        {
            _hash.AppendData(Buffer[..read]);
            at += read;
        }

        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }
}
