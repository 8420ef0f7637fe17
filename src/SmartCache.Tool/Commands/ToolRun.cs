using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Commands;

/// <summary>One call of a command: which cache, and how to print.</summary>
internal sealed record ToolRun(ToolHost Host, FoundCache Cache, bool IsJson, string Options)
{
    private const string MostSize = "1000000TB";
    private const string MostQueueAge = "30d";
    private const string StoreSection = "Cache:Remote:S3";

    /// <exception cref="ToolException">There is none. Says where it was looked for.</exception>
    public CacheInspector Open()
    {
        try
        {
            return CacheInspector.Open(Cache.Options);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new ToolException(string.Join('\n', [exception.Message, .. Cache.Looked.Select(static line => "  " + line)]), ExitCode.CouldNotLook);
        }
    }

    /// <summary><c>Cache:Remote:Mode</c>, before <see cref="OpenRemote"/> changed it.</summary>
    public RemoteMode RemoteMode { get; } = Enum.TryParse<RemoteMode>(Cache.Options.Remote.Mode, ignoreCase: true, out var mode) ? mode : RemoteMode.Off;

    /// <summary>Whether the settings of the worker, as they were before a command changed them, lead to the bucket of a pool.</summary>
    public bool IsPooled { get; } = !IsOff(Cache.Options.Remote.Mode) && Cache.Configuration[$"{StoreSection}:Bucket"] is not null;

    /// <summary>The object store that the settings lead to.</summary>
    /// <exception cref="ToolException">They lead to none.</exception>
    public IObjectStore OpenStore()
    {
        try
        {
            return Host.Store(Cache.Configuration.GetSection(StoreSection));
        }
        catch (ObjectStoreException exception)
        {
            throw new ToolException(string.Join('\n', [$"{exception.Message} The tool takes Cache:Remote:S3 from the worker's settings or environment.", .. Cache.Looked.Select(static line => "  " + line)]), ExitCode.CouldNotLook);
        }
    }

    /// <summary>The same cache with its object store. A tier that is off is used all the same: somebody asked for it.</summary>
    /// <exception cref="ToolException">There is no cache, or no store.</exception>
    public CacheManager OpenRemote(FaultList faults, IObjectStore store)
    {
        if (IsOff(Cache.Options.Remote.Mode))
        {
            Cache.Options.Remote.Mode = nameof(RemoteMode.ReadWrite);
        }

        Open();
        return OpenToChange(faults, store);
    }

    /// <summary>The same cache, to change something in it, whatever the worker's settings say of its layers. No directory is made.</summary>
    public CacheManager OpenToChange(FaultList faults)
    {
        if (IsPooled)
        {
            try
            {
                // What goes here goes there too.
                return OpenToChange(faults, OpenStore());
            }
            catch (ToolException unusable)
            {
                // What is bad here has to go all the same, whoever can reach the bucket.
                Host.Error.WriteLine($"{Plain.Of(unusable.Message.Split('\n')[0])}\nWhat is done here is not done in the bucket. Next: smartcache remote doctor");
            }
        }

        Cache.Options.Remote.Mode = nameof(RemoteMode.Off);
        return OpenToChange(faults, null);
    }

    private static bool IsOff(string? mode) => mode is null || mode.Equals(nameof(RemoteMode.Off), StringComparison.OrdinalIgnoreCase);

    private CacheManager OpenToChange(FaultList faults, IObjectStore? store)
    {
        var options = Cache.Options;
        options.Enabled = "true";
        options.Sources.Mode = options.Profiles.Mode = options.Uploads.Mode = "On";
        if (!Cache.AreLimitsKnown)
        {
            // The defaults are no limits of this cache: by them this would shorten its history, or make room in it.
            (options.MaxSize, options.MinFreeSpace, options.MinFreeInodes, options.History) = (MostSize, "0", "64", "10GB");

            // Nor may it give up what the workers would still send.
            (options.Remote.QueueSize, options.Remote.QueueAge) = (MostSize, MostQueueAge);
        }

        return CacheManager.Create(options, new CacheDependencies { LoggerFactory = faults, RemoteStore = store }, existingOnly: true);
    }

    public void Print<T>(T view, JsonTypeInfo<T> json, Action<Page> forPeople)
    {
        if (IsJson)
        {
            Host.Output.WriteLine(JsonSerializer.Serialize(view, json));
        }
        else
        {
            forPeople(new Page(Host, Options));
        }
    }
}
