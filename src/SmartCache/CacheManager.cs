using SmartCache.Uploads;

namespace SmartCache;

/// <summary>Stub until the real one is merged.</summary>
public sealed class CacheManager
{
    internal CacheManager(UploadStateStore uploads) => UploadStore = uploads;

    internal UploadStateStore UploadStore { get; }
}
