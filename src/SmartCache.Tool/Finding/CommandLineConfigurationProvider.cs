using Microsoft.Extensions.Configuration;

namespace SmartCache.Tool.Finding;

/// <summary>What a unit's command line sets of the cache. A host takes it over all else.</summary>
internal sealed class CommandLineConfigurationProvider(IReadOnlyList<string> words) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i].TrimStart('-', '/');
            if (!word.StartsWith("Cache:", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                Data[word[..equals]] = word[(equals + 1)..];
            }
            else if (i + 1 < words.Count)
            {
                Data[word] = words[++i];
            }
        }
    }
}
