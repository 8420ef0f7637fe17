using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>The part that asks what the process may do.</summary>
internal sealed partial class LinuxFileSystem
{
    public override uint? User => EffectiveUser();

    public override long OpenFileLimit =>
        GetResourceLimit(ResourceOpenFiles, out var limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : base.OpenFileLimit;
}
