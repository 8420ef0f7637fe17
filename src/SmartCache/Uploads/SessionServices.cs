using SmartCache.Jobs;
using SmartCache.Layers;

namespace SmartCache.Uploads;

/// <summary>What a session works with.</summary>
/// <param name="Journals">What targets confirmed.</param>
/// <param name="Jobs">The readable states.</param>
/// <param name="Saves">For what nobody waits for.</param>
/// <param name="Trust">Which records are relied on without asking.</param>
internal sealed record SessionServices(TargetJournals Journals, JobRecords Jobs, BackgroundSaves Saves, RecordTrust Trust)
{
    /// <summary>What other hosts of a pool know; <see langword="null"/> where there are none.</summary>
    public SharedSession? Shared { get; init; }

    public LayerAccess Access => Journals.Access;

    public TimeProvider Time => Journals.Access.Time;
}
