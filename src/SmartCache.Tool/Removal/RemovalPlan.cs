using SmartCache.Tool.Finding;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Removal;

/// <summary>What is to go, as it was found, and who has it.</summary>
internal sealed record RemovalPlan
{
    public required IReadOnlyList<InspectedEntry> Entries { get; init; }

    /// <summary>Identities of sources that are to be forgotten.</summary>
    public IReadOnlyList<InspectedSourceKey> Keys { get; init; } = [];

    /// <summary>Jobs whose states are to be forgotten.</summary>
    public IReadOnlyList<InspectedJob> Jobs { get; init; } = [];

    /// <summary>Whether sources go with all that was made of them.</summary>
    public bool WithProfiles { get; init; }

    /// <summary>Contents of sources that are found bad: a pool is not to give them out either.</summary>
    public IReadOnlyList<string> Rejected { get; init; } = [];

    /// <summary>Contents of sources that go with all that was made of them.</summary>
    public IReadOnlyList<string> WholeSources => !WithProfiles ? []
        : [.. Entries.Where(static entry => entry.Kind == EntryKind.Source).Select(static entry => entry.SourceContentHash).OfType<string>().Concat(Keys.Select(static key => key.ContentHash)).Distinct()];

    /// <summary>Whether the bucket of a pool loses it too.</summary>
    public bool ReachesPool => WholeSources.Count + Rejected.Count > 0;

    /// <summary>How many of the entries somebody uses just now.</summary>
    public int InUse { get; private init; }

    /// <summary>Unfinished jobs that used some of them.</summary>
    public int UnfinishedJobs { get; private init; }

    public long Bytes => Entries.Sum(static entry => entry.Length);

    public TimeSpan Cost => TimeSpan.FromSeconds(Entries.Sum(static entry => entry.Cost.TotalSeconds));

    public bool IsEmpty => Entries.Count + Keys.Count + Jobs.Count == 0;

    /// <summary>The same with who has it.</summary>
    public async Task<RemovalPlan> WithUsersAsync(CacheInspector inspector, CancellationToken cancellationToken)
    {
        var names = Entries.Select(static entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var locks = await inspector.LocksAsync(cancellationToken).ConfigureAwait(false);
        var leased = locks.Where(static held => held.Kind == InspectedLockKind.Lease).Select(static held => held.Of).Distinct(StringComparer.Ordinal);
        var jobs = await inspector.JobsAsync(cancellationToken).ConfigureAwait(false);
        return this with { InUse = leased.Count(name => name is not null && names.Contains(name)), UnfinishedJobs = jobs.Count(job => !job.State.Ended && Uses(job.State)) };

        bool Uses(UploadState state) => state.ProfileEntries.Any(names.Contains) || (state.SourceContentHash is { } hash && IsAmong(hash));
        bool IsAmong(string source) => Contents.HashIn(source) is { } hash && names.Contains(Contents.NameOf(hash));
    }
}
