using System.Collections.ObjectModel;
using SmartCache.Abstractions;
using SmartCache.Profiles;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>One entry, as it lies on the disk.</summary>
/// <remarks>Later versions may have more properties. Of an entry that is not <see cref="InspectedEntryState.Readable"/> only the first four are known.</remarks>
public sealed record InspectedEntry
{
    private const string Source = "source";

    private readonly MapByContent<string> _recipe = new(ReadOnlyDictionary<string, string>.Empty);
    private readonly MapByContent<string> _properties = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>Its name: of a source the first 32 digits of its content hash, of a profile those of its source, <c>_</c>, and 32 of its recipe.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>Whether it can be read.</summary>
    public InspectedEntryState State { get; init; }

    /// <summary>Whether it is about to go: every look-up is a miss, and its last lease takes it away.</summary>
    public bool IsCondemned { get; init; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When it was last given out or stored, to the minute.</summary>
    public DateTimeOffset LastUse { get; init; }

    /// <summary>Bytes of its files.</summary>
    public long Length { get; init; }

    /// <summary>How many files it has.</summary>
    public int Files { get; init; }

    /// <summary>Wall time that making it took.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>SHA-256 of the source, as 64 digits: its own, or that which the profile was made of.</summary>
    public string? SourceContentHash { get; init; }

    /// <summary>The profile's name; <see langword="null"/> of a source.</summary>
    public string? Profile { get; init; }

    /// <summary>Of a profile: the names and values that its recipe is the hash of.</summary>
    public IReadOnlyDictionary<string, string> Recipe
    {
        get => _recipe.Map;
        init => _recipe = new(value);
    }

    /// <summary>What a hit gives back beside the files.</summary>
    public IReadOnlyDictionary<string, string> Properties
    {
        get => _properties.Map;
        init => _properties = new(value);
    }

    /// <summary>The version of the library that stored it; <see langword="null"/> where it did not say.</summary>
    public string? Maker { get; init; }

    /// <summary>The name that an entry of the same recipe has for another source: tells which recipe a key was that is not there any more.</summary>
    /// <param name="sourceContentHash">SHA-256 of the other source, as 64 digits.</param>
    /// <returns><see langword="null"/> where this is no readable profile, or that is no such hash.</returns>
    public string? NameFor(string sourceContentHash)
    {
        ArgumentNullException.ThrowIfNull(sourceContentHash);
        return Recipe.ContainsKey(Source) && ContentName.IsHash(sourceContentHash)
            ? ProfileKey.NameOf(sourceContentHash, Recipe.Select(pair => pair.Key == Source ? new(Source, sourceContentHash) : pair).ToDictionary(StringComparer.Ordinal))
            : null;
    }

    /// <summary>The options in which this profile differs from a recipe, whatever the source, in ordinal order.</summary>
    /// <param name="wanted">The <see cref="Recipe"/> that is asked for.</param>
    public IReadOnlyList<InspectedDifference> DifferencesFrom(IReadOnlyDictionary<string, string> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return
        [
            .. RecipeDifference.Between(RecipeOptions.Of(wanted), RecipeOptions.Of(Recipe)).Where(static differs => differs.Name != Source)
                .Select(static differs => new InspectedDifference { Name = differs.Name, Wanted = differs.Wanted, Present = differs.Cached }),
        ];
    }
}
