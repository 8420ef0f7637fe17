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
            manager = CacheManager.Create(OptionsOf(test), new CacheDependencies { LoggerFactory = test.Get<ILoggerFactory>() }, existingOnly: true);
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

    /// <summary>Reads both entries, and has the cache look again at what is wrong.</summary>
    private static Task<string> ToolVerifyAsync(StepCase test) => ByHandAsync(test, async manager =>
    {
        var quarantined = 0;
        foreach (var (kind, name) in new[] { (EntryKind.Source, StepCase.Content.HashOf(StepCase.Source)[..32]), (EntryKind.Profile, KeyOfProfile.Name) })
        {
            if (await IsWrongAsync(test, kind, name))
            {
                quarantined += (await manager.VerifyEntryAsync(kind, name)).Quarantined;
            }
        }

        if (quarantined > 0)
        {
            test.GiveAnyway(Promise.SourceIsNotServed);
        }

        return $"quarantined {quarantined}";
    });

    private static async Task<bool> IsWrongAsync(StepCase test, EntryKind kind, string name)
    {
        try
        {
            return (await CacheInspector.Open(OptionsOf(test)).VerifyEntryAsync(kind, name)).Verdict == InspectedVerdict.Wrong;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>As a backup leaves it that passes over the markers.</summary>
    private static async Task WithoutMarkersAsync(StepCase test)
    {
        await WithSourceAndProfileAsync(test);
        foreach (var marker in Directory.GetFiles(test.Paths.Cache, "CACHEDIR.TAG", SearchOption.AllDirectories))
        {
            File.Delete(marker);
        }

        await File.WriteAllTextAsync(test.Paths.Adoption, "");
    }

    private static Task<string> ToolAdoptAsync(StepCase test)
    {
        try
        {
            CacheAdoption.Look(OptionsOf(test)).Adopt();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // Told, and no worker takes what is only half marked.
            return Task.FromResult("not adopted");
        }

        test.Give(Promise.SourceIsServed, Promise.ProfileIsServed);
        return Task.FromResult("adopted");
    }

    /// <summary>Takes a cache over once more where whoever did it may have been killed.</summary>
    public static void AdoptAgain(StepCase test)
    {
        if (File.Exists(test.Paths.Adoption) && CacheAdoption.Look(OptionsOf(test)) is { IsAdopted: false } found)
        {
            found.Adopt();
        }
    }

    private static CacheOptions OptionsOf(StepCase test) => new() { Directory = test.Paths.Cache, MinFreeSpace = "0" };
}
