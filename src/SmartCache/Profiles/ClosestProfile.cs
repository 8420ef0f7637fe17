using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>Explains a miss: the cached profile of the same source whose recipe differs in the fewest parameters, and those parameters.</summary>
internal static class ClosestProfile
{
    private const int MaxCandidates = 64;

    public static string Describe(CacheLayer layer, ProfileKey key, OperationPulse pulse)
    {
        IReadOnlyList<DifferingParameter>? fewest = null;
        string? closest = null;
        var prefix = SourceEntry.NameOf(key.Source.ContentHash) + "_";
        foreach (var path in Directory.EnumerateDirectories(layer.Directory.Root, prefix + "*").Take(MaxCandidates))
        {
            pulse.Beat();
            if (ReadKey(path) is { } cached
                && RecipeDifference.Between(key.Preimage, cached) is { Count: > 0 } differences
                && (fewest is null || differences.Count < fewest.Count))
            {
                fewest = differences;
                closest = Path.GetFileName(path)[prefix.Length..];
            }
        }

        return fewest is null ? "" : $"closest {EntryStore.Short(closest!)} differs in {RecipeDifference.Describe(fewest)}";
    }

    private static IReadOnlyDictionary<string, string>? ReadKey(string path)
    {
        try
        {
            return StateFile.Read(Path.Combine(path, Manifest.FileName), ManifestFormat.MaxBytes) is { } bytes ? ManifestFormat.Parse(bytes).Content.Key : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or NewerFormatException)
        {
            return null;
        }
    }
}
