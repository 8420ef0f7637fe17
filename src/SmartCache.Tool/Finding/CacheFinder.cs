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

    /// <exception cref="ToolException">The file that was named is not there, or is no settings file; or there is no such unit.</exception>
    /// <param name="directory">Of <c>--directory</c>.</param>
    /// <param name="settings">Of <c>--settings</c>.</param>
    /// <param name="unit">Of <c>--unit</c>.</param>
    public FoundCache Find(string? directory, string? settings, string? unit = null)
    {
        var worker = unit is null ? new UnitFacts(host.WorkingDirectory, host.Environment, [], []) : new UnitReader(host).Read(unit);
        var file = Path.GetFullPath(settings ?? DefaultFile, settings is null ? worker.WorkingDirectory : host.WorkingDirectory);
        if (settings is not null && !File.Exists(file))
        {
            throw new ToolException($"There is no settings file '{file}'.", ExitCode.CouldNotLook);
        }

        var configuration = Read(file, worker);
        var options = Bind(configuration);
        var from = unit is null ? Path.GetDirectoryName(file)! : worker.WorkingDirectory;
        var configured = Path.GetFullPath(options.Directory ?? DefaultDirectory, from);
        var root = directory is null ? configured : Path.GetFullPath(directory, host.WorkingDirectory);
        var isNamed = (settings ?? unit) is not null;
        if (!isNamed && root != configured)
        {
            // A file that happens to lie here belongs to another cache: its layers elsewhere are not of this one.
            options.Locations = new CacheLocationOptions();
        }

        var areLimitsKnown = isNamed || (root == configured && (directory is null || options.Directory is not null) && (File.Exists(file) || HasLimits(configuration)));
        options.Directory = root;
        Complete(options.Locations, from);

        var policy = options.EvictionPolicy;
        options.EvictionPolicy = null;
        return new FoundCache(options, root, areLimitsKnown, [.. worker.Looked, .. Looked(directory, file, configuration, worker.Environment, root)])
        {
            Configuration = configuration,
            Policy = policy,
            IsNamed = directory is not null,
        };
    }

    private static IConfigurationRoot Read(string file, UnitFacts worker)
    {
        try
        {
            var environment = worker.Environment.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? "Production";
            return new ConfigurationBuilder()
                .AddJsonFile(file, optional: true)
                .AddJsonFile(Path.ChangeExtension(file, $".{environment}.json"), optional: true)
                .Add(new EnvironmentConfigurationProvider(worker.Environment))
                .Add(new CommandLineConfigurationProvider(worker.Arguments))
                .Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            throw new ToolException($"'{file}' cannot be read as settings: {(exception.InnerException ?? exception).Message}", ExitCode.CouldNotLook);
        }
    }

    // Who says only where the cache lies has said nothing of its limits: the worker may have its own.
    private static bool HasLimits(IConfiguration configuration) => configuration.AsEnumerable().Any(static pair =>
        pair.Value is not null && (pair.Key.StartsWith("CACHE_", StringComparison.OrdinalIgnoreCase) || pair.Key.StartsWith("Cache:", StringComparison.OrdinalIgnoreCase))
        && !pair.Key.EndsWith("Directory", StringComparison.OrdinalIgnoreCase));

    private static CacheOptions Bind(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSmartCache(configuration).UseS3Remote();
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

    private static string[] Looked(string? directory, string file, IConfiguration configuration, IReadOnlyDictionary<string, string?> environment, string root) =>
    [
        $"--directory: {directory ?? "not given"}",
        $"settings: {file}, {(File.Exists(file) ? "which is there" : "which is not there")}; Cache:Directory: {configuration["Cache:Directory"] ?? "not set"}",
        $"environment: Cache__Directory: {environment.GetValueOrDefault("Cache__Directory") ?? "not set"}; CACHE_DIRECTORY: {environment.GetValueOrDefault("CACHE_DIRECTORY") ?? "not set"}",
        $"so it was looked for in: {root}",
    ];
}
