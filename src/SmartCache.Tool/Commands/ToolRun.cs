using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Commands;

/// <summary>One call of a command: which cache, and how to print.</summary>
internal sealed record ToolRun(ToolHost Host, FoundCache Cache, bool IsJson, string Options)
{
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

    /// <summary>The same cache, to change something in it, whatever the worker's settings say of its layers. No directory is made.</summary>
    public CacheManager OpenToChange(FaultList faults)
    {
        var options = Cache.Options;
        options.Enabled = "true";
        options.Sources.Mode = options.Profiles.Mode = options.Uploads.Mode = "On";
        if (!Cache.AreLimitsKnown)
        {
            // The defaults are no limits of this cache: by them this would shorten its history, or make room in it.
            (options.MaxSize, options.MinFreeSpace, options.MinFreeInodes, options.History) = ("1000000TB", "0", "64", "10GB");
        }

        return CacheManager.Create(options, new CacheDependencies { LoggerFactory = faults }, existingOnly: true);
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
