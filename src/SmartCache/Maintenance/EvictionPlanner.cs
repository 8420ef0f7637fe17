using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>Brings together what a policy may know of the entries: what they are, and which unfinished jobs of all processes need them.</summary>
internal sealed class EvictionPlanner(JobRecords jobs, CurrentAdvisor advisors, ICacheSettingsSource settings, RemoteTier remote)
{
    /// <summary>The order in which the entries that are left go; with a newcomer, whether they go for it.</summary>
    public PlannedEviction Plan(EvictionTurn turn, EvictionCandidate? newcomer)
    {
        ListedEntry[] entries = [.. turn.Left];
        var owed = Owed();
        var candidates = Array.ConvertAll(entries, item => Candidate(item.Entry, item.Layer.Kind, turn.Now, turn.Needed, settings.Current.UploadStateMaxAge) with
        {
            IsOwed = owed.Count > 0 && owed.Contains($"{item.Layer.Name}-{item.Entry.Name}"),
        });
        jobs.Annotate(candidates, turn.Now);
        if (newcomer is { } asked)
        {
            // The job that brings it, and all others that asked for it before.
            var own = asked with { Jobs = [.. asked.Jobs ?? [], .. turn.Needed?.GetValueOrDefault(asked.Key).Jobs ?? []] };
            jobs.Annotate(new Span<EvictionCandidate>(ref own), turn.Now);
            newcomer = own;
        }

        return new PlannedEviction(advisors.Get().Plan(candidates, turn.Now, newcomer), entries);
    }

    /// <summary>What a policy may know of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="kind">Of which kind.</param>
    /// <param name="now">When the plan is made.</param>
    /// <param name="needed">What unfinished jobs need; <see langword="null"/> where they could not be read: then each entry may be one's, and is spared by its last use.</param>
    /// <param name="longest">How long a job is remembered.</param>
    public static EvictionCandidate Candidate(StoredEntry entry, EntryKind kind, DateTimeOffset now, IReadOnlyDictionary<string, JobNeed>? needed, TimeSpan longest)
    {
        var need = needed?.GetValueOrDefault(entry.Name) ?? default;
        return new EvictionCandidate
        {
            Key = entry.Name,
            Kind = kind,
            Size = entry.Bytes,
            CostSeconds = entry.CostSeconds > 0 ? entry.CostSeconds : null,
            Created = entry.Created,
            LastAccess = entry.LastAccess,
            UnfinishedJobs = needed is null ? 1 : need.Jobs?.Length ?? 0,
            Jobs = need.Jobs,
            ProtectedUntil = need.Jobs is null ? default : need.AliveAt(now + longest) + JobProtection.Default.Period,
        };
    }

    // Where it cannot be looked at, what is owed goes as if it were not: it is work that another host does again at worst.
    private HashSet<string> Owed()
    {
        try
        {
            return remote.Owed();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
