using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Eviction;
using SmartCache.History;
using SmartCache.Prefetch;
using SmartCache.Storage.Platform;

namespace SmartCache;

public sealed partial class CacheManager
{
    /// <summary>Makes a cache without a container and without a host, on any directory: a tool's, a test's temporary one.</summary>
    /// <remarks>
    /// <para>
    /// The settings are those of <paramref name="options"/> alone, read once: no configuration, no environment, no reload. A relative
    /// <see cref="CacheOptions.Directory"/> begins at the working directory.
    /// </para>
    /// <para>
    /// Saves run in the background by themselves, and space is made when an entry needs it. Nobody else works: call <see cref="CleanupAsync"/> now and then
    /// (a host does at each <c>CleanupInterval</c>), and <see cref="VerifyAsync"/> where every byte is to be read again, for which a host has a paced round.
    /// </para>
    /// <para>
    /// Dispose of it, which waits a few seconds for background saves; <see cref="FlushAsync"/> before that waits for all of them. The directory stays. One that is
    /// temporary may be deleted then; a lease that is still held keeps its files open, and no more.
    /// </para>
    /// </remarks>
    /// <param name="options">The settings; not kept.</param>
    /// <param name="dependencies">Log, clock, probe and the like; <see langword="null"/> = none.</param>
    /// <param name="existingOnly">
    /// Whether there must be a cache already: a tool's that removes something, say. Neither its directory nor a layer's is made then, also not later: an operation on a layer
    /// that is not there gives what it gives for a disk that fails. What is made in the cache then, locks first of all, gets owner and permissions of the directory
    /// in which it lies (on Linux), so that root leaves nothing there that the workers cannot open.
    /// </param>
    /// <exception cref="OptionsValidationException">Settings are invalid, and <see cref="CacheOptions.OnInvalidSettings"/> is not <c>Disable</c>. Holds all failures.</exception>
    /// <exception cref="DirectoryNotFoundException"><paramref name="existingOnly"/>, and the directory is not there or is no cache's. The message says which.</exception>
    /// <exception cref="UnauthorizedAccessException"><paramref name="existingOnly"/>, and this user may not look into the directory.</exception>
    /// <exception cref="IOException"><paramref name="existingOnly"/>, and the disk does not give the directory.</exception>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "A cache is made here.")]
    public static CacheManager Create(CacheOptions options, CacheDependencies? dependencies = null, bool existingOnly = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        dependencies ??= new CacheDependencies();
        var logger = dependencies.LoggerFactory is { } factory ? new GuardedLogger(new SubjectLogger(factory.CreateLogger<CacheManager>())) : (ILogger)NullLogger.Instance;
        var policies = new EvictionPolicyCatalog(dependencies.Policies);
        var settings = FixedSettings.From(options, new CacheSettingsParser(policies.Names, Environment.CurrentDirectory), logger);
        var services = new CacheServices(settings, logger, dependencies.TimeProvider);
        if (existingOnly)
        {
            ExistingCache.Require(settings.Current, services.FileSystem);
            var hasHistory = services.FileSystem.DirectoryExists(Path.Combine(settings.Current.Root, HistoryRecorder.Folder));
            services = services with
            {
                FileSystem = FileSystem.ForOwners,
                Settings = new FixedSettings(settings.Current with { IsExistingOnly = true, History = hasHistory ? settings.Current.History : 0 }),
            };
        }

        return new CacheManager(services with
        {
            Probe = dependencies.Probe,
            Presence = dependencies.Presence,
            Downloaders = dependencies.Downloader is { } downloader ? new OnePrefetchDownloader(downloader) : null,
            Store = dependencies.RemoteStore is { } store ? () => store : null,
            Leases = dependencies.WorkLeases is { } leases ? () => leases : null,
            Meters = dependencies.Meters,
            Policies = policies,
        });
    }
}
