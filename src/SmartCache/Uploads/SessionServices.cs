using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>What a session works with.</summary>
/// <param name="Layer">The upload layer's directory.</param>
/// <param name="Boundary">Its boundary.</param>
/// <param name="Saves">For what nobody waits for.</param>
/// <param name="Ledger">The readable states.</param>
/// <param name="Read">Reads a target's journal for these keys; where that fails, nothing of it is known. It may take as long as the boundary allows.</param>
/// <param name="ReadNow">The same for whoever cannot await it; it needs no thread of the pool.</param>
/// <param name="Upkeep">What sorts a part that a session closed.</param>
/// <param name="SayNewer">Is told of a target whose journal a newer version writes.</param>
/// <param name="Trust"><c>TrustUploads</c> as it was when the session opened.</param>
/// <param name="Time">The clock.</param>
internal sealed record SessionServices(
    LayerDirectory Layer,
    CacheBoundary Boundary,
    BackgroundSaves Saves,
    JobLedger Ledger,
    Func<TargetName, IReadOnlySet<ContentKey>, bool, CancellationToken, ValueTask<TargetRecords>> Read,
    Func<TargetName, IReadOnlySet<ContentKey>, bool, TargetRecords> ReadNow,
    JournalUpkeep Upkeep,
    Action<string> SayNewer,
    TimeSpan Trust,
    TimeProvider Time);
