using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Torture.Steps;

/// <summary>A lease on a file that the job has open, so that it can see whether the file is still in its place without asking a disk that may be failing.</summary>
internal sealed class OpenLease(CachedSource lease) : IAsyncDisposable
{
    private readonly SafeFileHandle _file = FileSystem.Current.OpenRead(lease.Path);

    public bool IsThere => new FileInfo("/proc/self/fd/" + _file.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)).LinkTarget == lease.Path;

    public async ValueTask DisposeAsync()
    {
        _file.Dispose();
        await lease.DisposeAsync();
    }
}
