using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A disk that says it has as much left as a test wants; all else is real.</summary>
internal sealed class DiskOfSize(long available, long total = 1_000_000_000) : ForwardingFileSystem
{
    /// <summary>What is left; a test makes it follow what the cache takes.</summary>
    public Func<long> Available { get; set; } = () => available;

    public string Format { get; set; } = "ext4";

    public DriveType Kind { get; set; } = DriveType.Fixed;

    public int AskedForKind { get; private set; }

    public override DiskFacts Disk(string directory) => new(Available(), total);

    public override DiskKind KindOfDisk(string directory)
    {
        AskedForKind++;
        return new(Format, Kind);
    }
}
