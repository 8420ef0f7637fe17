using System.Collections.Concurrent;
using System.Text;

namespace SmartCache.Pool;

/// <summary>Keeps what a process has said and written, by the kind of place, and looks for texts in it.</summary>
internal sealed class SecretSearch
{
    private readonly ConcurrentQueue<(string Kind, string Text)> _places = new();

    public void Add(string kind, string text) => _places.Enqueue((kind, text));

    /// <summary>Each file with its name.</summary>
    public void AddFiles(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            // A byte is a character: what is looked for is ASCII.
            Add("file", path + "\n" + Encoding.Latin1.GetString(File.ReadAllBytes(path)));
        }
    }

    /// <summary>How many places of each kind there are.</summary>
    public IReadOnlyDictionary<string, int> Count() => Of(static _ => true);

    /// <summary>In how many places of each kind a text stands.</summary>
    public IReadOnlyDictionary<string, int> CountOf(string text) => Of(place => place.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first place with a text.</summary>
    public string? First(string text) => _places.Where(place => place.Text.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(static place => $"{place.Kind}: {place.Text}").FirstOrDefault();

    private Dictionary<string, int> Of(Func<string, bool> isWanted) =>
        _places.Where(place => isWanted(place.Text)).GroupBy(static place => place.Kind).OrderBy(static group => group.Key, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count());
}
