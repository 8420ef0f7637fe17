using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// Explains a miss: the cached profile of the same source whose recipe differs in the fewest parameters, and those parameters. What was made of a source stands in its
/// facts, so that nobody has to list a layer of 200,000 entries for a text in a log line.
/// </summary>
internal static class ClosestProfile
{
    /// <summary>A manifest of 200 files takes a millisecond.</summary>
    private const int MaxCandidates = 16;

    /// <param name="layer">The profile layer.</param>
    /// <param name="key">What is not cached.</param>
    /// <param name="made">Names of entries that were made of the source, newest last; some may be gone.</param>
    /// <param name="pulse">Beaten for each.</param>
    public static string Describe(EntryLayer layer, ProfileKey key, IReadOnlyList<string> made, OperationPulse pulse)
    {
        IReadOnlyList<DifferingParameter>? fewest = null;
        string? closest = null;
        var wanted = RecipeOptions.Of(key.Preimage);
        var prefix = ContentName.Of(key.Source.ContentHash) + "_";
        foreach (var name in made.Reverse().Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && EntryPath.IsSafe(name)).Take(MaxCandidates))
        {
            pulse.Beat();
            if (ReadKey(layer, name) is { } cached
                && RecipeDifference.Between(wanted, RecipeOptions.Of(cached)) is { Count: > 0 } differences
                && (fewest is null || differences.Count < fewest.Count))
            {
                fewest = differences;
                closest = name[prefix.Length..];
            }
        }

        return fewest is null ? "" : $"closest {EntryName.Short(closest!)} differs in {RecipeDifference.Describe(fewest)}";
    }

    private static IReadOnlyDictionary<string, string>? ReadKey(EntryLayer layer, string name)
    {
        try
        {
            return BoundedFile.Read(layer.Files, Path.Combine(layer.Entries.PathOf(name), Manifest.FileName), ManifestFormat.MaxBytes) is { } bytes ? ManifestFormat.Parse(bytes).Content.Key : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or NewerFormatException)
        {
            return null;
        }
    }
}
