using SmartCache.Tool.Views;

namespace SmartCache.Tool.Why;

/// <summary>Finds the cached profile of the same source that comes closest to a key that is not served, and in what the two differ.</summary>
/// <remarks>
/// A key is a hash, and its recipe goes with its entry. But a worker that encodes another source by the same recipe leaves it there: an entry of any source whose recipe,
/// put onto this one, gives the key that is asked for.
/// </remarks>
internal sealed class ClosestFinder(Traces traces)
{
    /// <param name="name">The key.</param>
    /// <param name="profile">The profile's name, where it is known: without the recipe its newest entry counts as the closest.</param>
    public WhyClosestView? To(string name, string? profile)
    {
        var source = Contents.SourceOf(name);
        var candidates = traces.Entries
            .Where(entry => entry is { Kind: EntryKind.Profile, State: InspectedEntryState.Readable, IsCondemned: false } && entry.Name != name && Contents.SourceOf(entry.Name) == source)
            .OrderByDescending(static entry => entry.Created)
            .ToList();
        if (candidates.Count == 0)
        {
            return null;
        }

        if (RecipeOf(name, candidates[0].SourceContentHash) is not { } wanted)
        {
            return candidates.Find(entry => entry.Profile == profile) is { } sameName ? new WhyClosestView { Key = sameName.Name, Profile = sameName.Profile } : null;
        }

        var (closest, differences) = candidates.Select(entry => (Entry: entry, Differences: entry.DifferencesFrom(wanted))).MinBy(static candidate => candidate.Differences.Count);
        return new WhyClosestView
        {
            Key = closest.Name,
            Profile = closest.Profile,
            Differences = [.. differences.Select(static differs => new WhyDifferenceView(differs.Name, differs.Wanted, differs.Present))],
        };
    }

    private IReadOnlyDictionary<string, string>? RecipeOf(string name, string? contentHash) => contentHash is null
        ? null
        : traces.Entries.FirstOrDefault(entry => entry is { Kind: EntryKind.Profile, State: InspectedEntryState.Readable } && entry.NameFor(contentHash) == name)?.Recipe;
}
