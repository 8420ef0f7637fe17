using Microsoft.Extensions.Configuration;

namespace SmartCache.Tool.Finding;

/// <summary>The environment that a worker would have: this process's, or its unit's. Called as the library names it where a setting comes from.</summary>
internal sealed class EnvironmentConfigurationProvider(IReadOnlyDictionary<string, string?> environment) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        foreach (var (name, value) in environment)
        {
            // Names are told apart by more than their case there, and not here: http_proxy and HTTP_PROXY often stand side by side.
            Data.TryAdd(name.Replace("__", ":", StringComparison.Ordinal), value);
        }
    }
}
