using SmartCache.Eviction;

namespace SmartCache.Jobs;

/// <summary>One of the <see cref="UnfinishedJobs"/>.</summary>
internal sealed class LiveJob(ulong id)
{
    public ulong Id { get; } = id;

    /// <summary>Its last sign of life, or when its retry is expected if that is later.</summary>
    public DateTimeOffset AliveAt { get; set; }

    /// <summary>Silent beyond the protection period: its entries were released, it may still come back.</summary>
    public bool Lapsed { get; set; }

    /// <summary>It has counted as a finished job already; a job that comes back does not count twice.</summary>
    public bool Counted { get; set; }

    /// <summary>What was fetched ahead for it and it has not asked for: needed, and never counted as a use.</summary>
    public HashSet<ulong> Announced { get; } = [];

    /// <summary>What it asked for.</summary>
    public Dictionary<ulong, EntryKind> Keys { get; } = [];

    /// <summary>The videos that this belongs to, mostly one.</summary>
    public HashSet<ulong> Videos { get; } = [];

    /// <summary>What it has not asked for again since it was silent for long.</summary>
    public HashSet<ulong>? Silent { get; private set; }

    /// <summary>If it has been silent for long at this time, that holds for all that it asked for.</summary>
    public void NoteSilence(DateTimeOffset now)
    {
        if (!Lapsed && Keys.Count > 0 && now - AliveAt > JobProtection.Default.QuietAfter)
            (Silent ??= []).UnionWith(Keys.Keys);
    }
}
