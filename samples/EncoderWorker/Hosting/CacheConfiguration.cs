using EncoderWorker.Options;
using EncoderWorker.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace EncoderWorker.Hosting;

/// <summary>Translates the sample's options to the settings that the library reads anyway.</summary>
internal static class CacheConfiguration
{
    private const string DirectoryKey = "Cache:Directory";

    public static void AddCacheSettings(this IConfigurationManager configuration, WorkerOptions options, StateFolder state)
    {
        // Lowest: appsettings.json, the environment and the command line can all say something else.
        if (Environment.GetEnvironmentVariable("CACHE_DIRECTORY") is null or "")
            configuration.Sources.Insert(0, Source(DirectoryKey, state.DemoCache));
        if (options.CrashAtPercent > 0)
        {
            configuration.Sources.Insert(0, Source("Cache:Checkpoints:Mode", "On"));
            // A demonstration encodes for seconds, and the parts of less than a minute's work are dropped otherwise.
            configuration.Sources.Insert(0, Source("Cache:Checkpoints:MinWork", "0s"));
        }

        if (options.CacheDirectory is { } directory)
            configuration.Sources.Add(Source(DirectoryKey, directory));
        if (options.NoCache)
        {
            configuration.Sources.Add(Source("Cache:Enabled", "false"));
            // The short name wins over the section, and may be in the environment.
            configuration.Sources.Add(Source("CACHE_ENABLED", "false"));
        }
    }

    public static bool UsesDemoCache(this IConfiguration configuration, WorkerOptions options, StateFolder state) =>
        !options.NoCache && configuration[DirectoryKey] == state.DemoCache;

    private static MemoryConfigurationSource Source(string key, string value) =>
        new() { InitialData = [KeyValuePair.Create<string, string?>(key, value)] };
}
