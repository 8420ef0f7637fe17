using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Remote;

namespace SmartCache.Maintenance;

/// <summary>Brings together what a policy may know of the entries: what they are, and which unfinished jobs of all processes need them.</summary>
internal sealed class EvictionPlanner(JobRecords jobs, CurrentAdvisor advisors, ICacheSettingsSource settings, RemoteTier remote)
{
    /// <summary>The order in which the entries that are left go; with a newcomer, whether they go for it.</summary>
    public PlannedEviction Plan(EvictionTurn turn, EvictionCandidate? newcomer)
    {
        ListedEntry[] entries = [.. turn.Left];
        var owed = Owed();
        var candidates = Array.ConvertAll(entries, item => Candidate(turn, item, owed));
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

    private EvictionCandidate Candidate(EvictionTurn turn, ListedEntry item, HashSet<string> owed)
    {
        var (entry, need) = (item.Entry, turn.Needed?.GetValueOrDefault(item.Entry.Name) ?? default);
        return new EvictionCandidate
        {
            Key = entry.Name,
            Kind = item.Layer.Kind,
            Size = entry.Bytes,
            CostSeconds = entry.CostSeconds > 0 ? entry.CostSeconds : null,
            Created = entry.Created,
            LastAccess = entry.LastAccess,
            // Where the jobs cannot be read, each entry may be an unfinished job's, and is spared by its last use.
            UnfinishedJobs = turn.Needed is null ? 1 : need.Jobs?.Length ?? 0,
            Jobs = need.Jobs,
            IsOwed = owed.Count > 0 && owed.Contains($"{item.Layer.Name}-{entry.Name}"),
            ProtectedUntil = need.Jobs is null ? default : need.AliveAt(turn.Now + settings.Current.UploadStateMaxAge) + JobProtection.Default.Period,
        };
    }
}
