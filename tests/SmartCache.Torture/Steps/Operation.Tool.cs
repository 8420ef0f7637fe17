using Microsoft.Extensions.Logging;

namespace SmartCache.Torture.Steps;

/// <summary>What somebody changes by hand, beside the worker: through a manager of the cache that is there, as the command <c>smartcache</c> does.</summary>
internal sealed partial record Operation
{
    private const string NotOpened = "not opened";

    /// <summary>Does something by hand. Where the disk, or a right that is missing, keeps it from being opened, that is told by an exception, and nothing is done.</summary>
    private static async Task<string> ByHandAsync(StepCase test, Func<CacheManager, Task<string>> work, params Promise[] promises)
    {
        CacheManager manager;
        try
        {
            var options = new CacheOptions { Directory = test.Paths.Cache, MinFreeSpace = "0" };
            manager = CacheManager.Create(options, new CacheDependencies { LoggerFactory = test.Get<ILoggerFactory>() }, existingOnly: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return NotOpened;
        }

        string result;
        await using (manager)
        {
            result = await work(manager);
        }

        test.Give(promises);
        return result;
    }

    /// <summary>The entries first, and then the key that leads to them.</summary>
    private static Task<string> ToolRemoveAsync(StepCase test) => ByHandAsync(
        test,
        static async manager =>
        {
            await manager.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
            await manager.Sources.RemoveAsync(KeyOfSource);
            return "removed";
        },
        Promise.SourceIsNotServed,
        Promise.NoProfiles);

    private static Task<string> ToolRemoveEntryAsync(StepCase test) => ByHandAsync(
        test,
        static async manager => await manager.RemoveEntryAsync(EntryKind.Profile, KeyOfProfile.Name) ? "removed" : "not there",
        Promise.ProfileIsNotServed);

    private static Task<string> ToolClearAsync(StepCase test) => ByHandAsync(
        test,
        static async manager => $"cleared of {await manager.ClearLayerAsync(EntryKind.Profile) + await manager.ClearLayerAsync(EntryKind.Source)}",
        Promise.NoEntries,
        Promise.NoRecords);

    private static Task<string> ToolRejectAsync(StepCase test) => ByHandAsync(
        test,
        static async manager => await manager.RejectContentAsync(StepCase.Content.HashOf(StepCase.Source), "the picture is green") ? "rejected" : "not there",
        Promise.SourceIsNotServed);
}
