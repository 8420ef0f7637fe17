using SmartCache.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Uploads;

/// <summary>What one session may do, from the layer's mode and the request's wish.</summary>
/// <param name="Reads">Looks into the journals.</param>
/// <param name="Offers">Tells the uploader what is confirmed.</param>
/// <param name="Records">Keeps confirmations and the job's state on disk.</param>
internal readonly record struct SessionPolicy(bool Reads, bool Offers, bool Records)
{
    public static SessionPolicy Of(CacheSettings settings, CacheUse use)
    {
        if (!settings.Enabled || settings.UploadsMode == LayerMode.Off || use == CacheUse.Bypass)
        {
            return default;
        }

        // Refresh still offers what this very session has confirmed: two equal files of one tree are sent once.
        return new SessionPolicy(
            Reads: use is not CacheUse.Refresh,
            Offers: settings.UploadsMode == LayerMode.On,
            Records: use is not CacheUse.NoStore);
    }
}
