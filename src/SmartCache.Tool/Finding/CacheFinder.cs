using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Finding;

/// <summary>Finds the directory as a worker does: by the library's own reading of the settings, from the file and the environment that the worker would have.</summary>
internal sealed class CacheFinder(ToolHost host)
{
    private const string DefaultFile = "appsettings.json";
    private const string DefaultDirectory = "cache";

    /// <exception cref="ToolException">The file that was named is not there, or is no settings file.</exception>
    public FoundCache Find(string? directory, string? settings)
    {
        var file = Path.GetFullPath(settings ?? DefaultFile, host.WorkingDirectory);
        if (settings is not null && !File.Exists(file))
        {
            throw new ToolException($"There is no settings file '{file}'.", ExitCode.CouldNotLook);
        }

        var configuration = Read(file);
        var options = Bind(configuration);
        var configured = Path.GetFullPath(options.Directory ?? DefaultDirectory, Path.GetDirectoryName(file)!);
        var root = directory is null ? configured : Path.GetFullPath(directory, host.WorkingDirectory);
        if (settings is null && root != configured)
        {
            // A file that happens to lie here belongs to another cache: its layers elsewhere are not of this one.
            options.Locations = new CacheLocationOptions();
        }

        var areLimitsKnown = settings is not null || (root == configured && (directory is null || options.Directory is not null));
        options.Directory = root;
        Complete(options.Locations, Path.GetDirectoryName(file)!);

        // Only a worker knows the policies that it registered, and no look asks one.
        options.EvictionPolicy = null;
        return new FoundCache(options, root, areLimitsKnown, Looked(directory, file, configuration, root));
    }

    private IConfigurationRoot Read(string file)
    {
        try
        {
            var environment = host.Environment.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? "Production";
            return new ConfigurationBuilder()
                .AddJsonFile(file, optional: true)
                .AddJsonFile(Path.ChangeExtension(file, $".{environment}.json"), optional: true)
                .AddInMemoryCollection(Environment())
                .Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            throw new ToolException($"'{file}' cannot be read as settings: {(exception.InnerException ?? exception).Message}", ExitCode.CouldNotLook);
        }
    }

    // Keys are told apart by more than their case there, and not here: http_proxy and HTTP_PROXY often stand side by side.
    private IEnumerable<KeyValuePair<string, string?>> Environment() => host.Environment
        .Select(static pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value))
        .DistinctBy(static pair => pair.Key, StringComparer.OrdinalIgnoreCase);

    private static CacheOptions Bind(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSmartCache(configuration);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<CacheOptions>>().Value;
    }

    private static void Complete(CacheLocationOptions locations, string from)
    {
        locations.Sources = Full(locations.Sources, from);
        locations.Profiles = Full(locations.Profiles, from);
        locations.Uploads = Full(locations.Uploads, from);
    }

    private static string? Full(string? path, string from) => string.IsNullOrWhiteSpace(path) ? null : Path.GetFullPath(path, from);

    private string[] Looked(string? directory, string file, IConfiguration configuration, string root) =>
    [
        $"--directory: {directory ?? "not given"}",
        $"settings: {file}, {(File.Exists(file) ? "which is there" : "which is not there")}; Cache:Directory: {configuration["Cache:Directory"] ?? "not set"}",
        $"environment: Cache__Directory: {host.Environment.GetValueOrDefault("Cache__Directory") ?? "not set"}; CACHE_DIRECTORY: {host.Environment.GetValueOrDefault("CACHE_DIRECTORY") ?? "not set"}",
        $"so it was looked for in: {root}",
    ];
}
