using SmartCache.Tool.Output;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Removal;

/// <summary>Finds what is meant by a URL, a content or a key.</summary>
internal static class RemovalPlanner
{
    /// <summary>A profile, or a source with the identities that lead to it and, unless they are to stay, its profiles.</summary>
    /// <exception cref="ToolException">There is nothing of it.</exception>
    public static RemovalPlan ToRemove(string text, bool keepsProfiles, Traces traces)
    {
        var meant = Meant.By(text, traces);
        var sources = meant.Sources.ToHashSet(StringComparer.Ordinal);
        var entries = traces.Entries.Where(entry => entry.Name == meant.Name || (sources.Contains(Contents.SourceOf(entry.Name)) && !(keepsProfiles && entry.Kind == EntryKind.Profile)));
        var keys = traces.Keys.Where(key => meant.Keys.Contains(key) || (!meant.IsSource && sources.Contains(Contents.NameOf(key.ContentHash))));
        var plan = new RemovalPlan { Entries = [.. entries], Keys = [.. keys], WithProfiles = sources.Count > 0 && !keepsProfiles };
        return plan.IsEmpty ? throw Nothing(text) : plan;
    }

    /// <summary>The source alone: what was made of it may be right all the same.</summary>
    /// <exception cref="ToolException">It is none, or there is nothing of it.</exception>
    public static RemovalPlan ToReject(string text, Traces traces)
    {
        var meant = Meant.By(text, traces);
        if (meant.Name is { } name && Contents.IsProfile(name))
        {
            throw Unfit(name, "is a profile, and only sources are rejected");
        }

        var entries = traces.Entries.Where(entry => entry.Kind == EntryKind.Source && meant.Sources.Contains(entry.Name)).ToList();
        return entries.Count == 0 ? throw Nothing(text)
            : entries.Find(static entry => entry.SourceContentHash is null) is { } damaged ? throw Unfit(damaged.Name, "has no manifest that can be read, so that its content is not known")
            : new RemovalPlan { Entries = entries, Rejected = [.. entries.Select(static entry => entry.SourceContentHash!)] };
    }

    public static RemovalPlan ToClear(string? layer, Traces traces, IReadOnlyList<InspectedJob> jobs) => layer switch
    {
        "uploads" => new RemovalPlan { Entries = [], Jobs = jobs },
        "profiles" => new RemovalPlan { Entries = [.. traces.Entries.Where(static entry => entry.Kind == EntryKind.Profile)] },
        "sources" => new RemovalPlan { Entries = [.. traces.Entries.Where(static entry => entry.Kind == EntryKind.Source)], Keys = traces.Keys },
        _ => new RemovalPlan { Entries = traces.Entries, Keys = traces.Keys },
    };

    private static ToolException Unfit(string name, string why) =>
        new($"{EntryKey.Short(name)} {why}. Nothing was done.\nNext: smartcache rm {EntryKey.Short(name)}   removes it", ExitCode.CouldNotLook);

    private static ToolException Nothing(string text) =>
        new($"Nothing of {Typed.Shown(text)} is there. Nothing was done.\nNext: smartcache why {Typed.Again(text)}   says what became of it", ExitCode.Found);
}
