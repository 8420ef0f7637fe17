using System.Globalization;

namespace SmartCache;

public sealed partial class CacheOptions
{
    /// <summary>Sets <see cref="Enabled"/>.</summary>
    /// <param name="enabled">Whether the cache is on.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetEnabled(bool enabled) => With(Enabled = enabled ? "true" : "false");

    /// <summary>Sets <see cref="MaxSize"/>.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetMaxSize(long bytes) => With(MaxSize = Text(bytes));

    /// <summary>Sets <see cref="MinFreeSpace"/>.</summary>
    /// <param name="bytes">Bytes; 0 for no floor.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetMinFreeSpace(long bytes) => With(MinFreeSpace = Text(bytes));

    /// <summary>Sets <see cref="MinFreeInodes"/>.</summary>
    /// <param name="count">How many files; at least 64.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetMinFreeInodes(long count) => With(MinFreeInodes = Text(count));

    /// <summary>Sets <see cref="MaxAge"/>.</summary>
    /// <param name="duration">From a minute to 3650 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetMaxAge(TimeSpan duration) => With(MaxAge = Text(duration));

    /// <summary>Sets <see cref="MaxSourceAge"/>.</summary>
    /// <param name="duration">Up to 3650 days; zero: always fetched again.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetMaxSourceAge(TimeSpan duration) => With(MaxSourceAge = Text(duration));

    /// <summary>Sets <see cref="UploadStateMaxAge"/>.</summary>
    /// <param name="duration">From a minute to 3650 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetUploadStateMaxAge(TimeSpan duration) => With(UploadStateMaxAge = Text(duration));

    /// <summary>Sets <see cref="TrustUploads"/>.</summary>
    /// <param name="duration">Up to 3650 days; zero: always checked.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetTrustUploads(TimeSpan duration) => With(TrustUploads = Text(duration));

    /// <summary>Sets <see cref="CleanupInterval"/>.</summary>
    /// <param name="duration">From a second to 30 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetCleanupInterval(TimeSpan duration) => With(CleanupInterval = Text(duration));

    /// <summary>Sets <see cref="VerifyInterval"/>.</summary>
    /// <param name="duration">From an hour to 3650 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetVerifyInterval(TimeSpan duration) => With(VerifyInterval = Text(duration));

    /// <summary>Sets <see cref="LockTimeout"/>.</summary>
    /// <param name="duration">From a second to 30 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetLockTimeout(TimeSpan duration) => With(LockTimeout = Text(duration));

    /// <summary>Sets <see cref="OperationTimeout"/>.</summary>
    /// <param name="duration">From 100 ms to 30 days.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetOperationTimeout(TimeSpan duration) => With(OperationTimeout = Text(duration));

    /// <summary>Sets <see cref="DirectoryMode"/>.</summary>
    /// <param name="mode">All rights for the owner, none for others.</param>
    /// <returns>These options.</returns>
    public CacheOptions SetDirectoryMode(UnixFileMode mode) => With(DirectoryMode = Convert.ToString((int)mode, 8).PadLeft(4, '0'));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan duration) => duration.ToString("c", CultureInfo.InvariantCulture);

    // Ranges are checked where the strings are.
    private CacheOptions With(string _) => this;
}
