namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// Where crash images are laid out: a file system with reflinks in memory, so that an image is a clone of what is on the disk for certain and costs only
/// what differs.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    private const long Room = 4L << 30; // sparse

    private readonly string _directory;
    private string? _loop;
    private bool _isMounted;

    private ImageStore(string directory) => _directory = directory;

    public string Root => Path.Combine(_directory, "images");

    /// <exception cref="IOException">A step is refused.</exception>
    public static ImageStore Mount(string directory)
    {
        var store = new ImageStore(directory);
        try
        {
            Directory.CreateDirectory(store.Root);
            var file = Path.Combine(directory, "images.img");
            using (var made = File.Create(file))
            {
                made.SetLength(Room);
            }

            Shell.Run("mkfs.xfs", "-q", "-f", "-K", "-m", "reflink=1", file);
            store._loop = Shell.Run("losetup", "-f", "--show", file);
            DiskNative.Mount(store._loop, store.Root, "xfs", null);
            store._isMounted = true;
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_isMounted)
        {
            DiskNative.Unmount(Root);
        }

        if (_loop is not null)
        {
            Shell.Run("losetup", "-d", _loop);
        }
    }
}
