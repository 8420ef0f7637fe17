using SmartCache.Tool.Output;

namespace SmartCache.Tool.Why;

/// <summary>What somebody means who types a URL, a content or a key.</summary>
internal sealed record Meant
{
    /// <summary>The identities that the URL or content is, or the one whose key was typed.</summary>
    public IReadOnlyList<InspectedSourceKey> Keys { get; private init; } = [];

    /// <summary>The entry or key; <see langword="null"/> of a URL, and where nothing begins so.</summary>
    public string? Name { get; private init; }

    /// <summary>Whether it is a source by URL or content id, also where nothing is known of it.</summary>
    public bool IsSource { get; private init; }

    /// <summary>Entries of the sources that are meant, by their names; none of a profile.</summary>
    public IReadOnlyList<string> Sources =>
        [.. Keys.Select(static key => Contents.NameOf(key.ContentHash)).Concat(Keys.Count == 0 && Name is { } name && !Contents.IsProfile(name) ? [name] : []).Distinct(StringComparer.Ordinal)];

    /// <exception cref="ToolException">It begins several keys. They are listed.</exception>
    public static Meant By(string text, Traces traces)
    {
        // The hash of a tree that was uploaded is as long as that of a content.
        if (Contents.HashIn(text) is { } hash && !traces.Names().Contains(text, StringComparer.Ordinal))
        {
            return new Meant { Keys = [.. traces.Keys.Where(key => key.ContentHash == hash || key.IsOf(text))], Name = Contents.NameOf(hash) };
        }

        var keys = traces.Keys.Where(key => key.IsOf(text)).ToList();
        if (keys.Count > 0 || Typed.IsSource(text))
        {
            return new Meant { Keys = keys, IsSource = true };
        }

        var name = EntryKey.Pick(traces.Names(), text);
        return new Meant { Name = name, Keys = [.. traces.Keys.Where(key => key.Key.Name == name)] };
    }
}
