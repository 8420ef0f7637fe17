using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>What a session works with.</summary>
/// <param name="Layer">The upload layer's directory.</param>
/// <param name="Boundary">Its boundary.</param>
/// <param name="Saves">For what nobody waits for.</param>
/// <param name="Ledger">The readable states.</param>
/// <param name="Trust"><c>TrustUploads</c> as it was when the session opened.</param>
/// <param name="Time">The clock.</param>
internal sealed record SessionServices(LayerDirectory Layer, CacheBoundary Boundary, BackgroundSaves Saves, JobLedger Ledger, TimeSpan Trust, TimeProvider Time);
