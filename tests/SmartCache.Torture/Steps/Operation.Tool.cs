using Microsoft.Extensions.Logging;

namespace SmartCache.Torture.Steps;

/// <summary>What somebody changes by hand, beside the worker: through a manager of the cache that is there, as the command <c>smartcache</c> does.</summary>
internal sealed partial record Operation
{
    private static CacheManager OpenByHand(StepCase test) =>
        CacheManager.Create(new CacheOptions { Directory = test.Paths.Cache, MinFreeSpace = "0" }, new CacheDependencies { LoggerFactory = test.Get<ILoggerFactory>() }, existingOnly: true);

    /// <summary>The entries first, and then the key that leads to them.</summary>
    private static async Task<string> ToolRemoveAsync(StepCase test)
    {
        await using (var manager = OpenByHand(test))
        {
            await manager.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
            await manager.Sources.RemoveAsync(KeyOfSource);
        }

        test.Give(Promise.SourceIsNotServed, Promise.NoProfiles);
        return "removed";
    }

    private static async Task<string> ToolRemoveEntryAsync(StepCase test)
    {
        bool wasThere;
        await using (var manager = OpenByHand(test))
        {
            wasThere = await manager.RemoveEntryAsync(EntryKind.Profile, KeyOfProfile.Name);
        }

        test.Give(Promise.ProfileIsNotServed);
        return wasThere ? "removed" : "not there";
    }

    private static async Task<string> ToolClearAsync(StepCase test)
    {
        int removed;
        await using (var manager = OpenByHand(test))
        {
            removed = await manager.ClearLayerAsync(EntryKind.Profile) + await manager.ClearLayerAsync(EntryKind.Source);
        }

        test.Give(Promise.NoEntries, Promise.NoRecords);
        return $"cleared of {removed}";
    }

    private static async Task<string> ToolRejectAsync(StepCase test)
    {
        bool wasThere;
        await using (var manager = OpenByHand(test))
        {
            wasThere = await manager.RejectContentAsync(StepCase.Content.HashOf(StepCase.Source), "the picture is green");
        }

        test.Give(Promise.SourceIsNotServed);
        return wasThere ? "rejected" : "not there";
    }
}
