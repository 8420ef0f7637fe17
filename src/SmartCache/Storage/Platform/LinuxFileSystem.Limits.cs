using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>The part that asks what the process may do, and what the disk has left.</summary>
internal sealed partial class LinuxFileSystem
{
    public override uint? User => EffectiveUser();

    public override long OpenFileLimit =>
        GetResourceLimit(ResourceOpenFiles, out var limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : base.OpenFileLimit;

    public override DiskFacts Disk(string directory)
    {
        var facts = base.Disk(directory);
        int result;
        FileSystemFacts found;
        do
        {
            result = StatFileSystem(directory, out found);
        }
        while (WasInterrupted(result));

        // .NET says nothing of inodes. Without them the bytes are still known.
        return result == 0 ? facts with { FreeInodes = (long)Math.Min(found.AvailableFiles, long.MaxValue), TotalInodes = (long)Math.Min(found.Files, long.MaxValue) } : facts;
    }
}
