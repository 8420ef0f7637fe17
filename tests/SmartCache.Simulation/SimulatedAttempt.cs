namespace SmartCache.Simulation;

/// <summary>What an attempt asks for, and how it ends.</summary>
/// <param name="Requests">The source, then the profiles.</param>
/// <param name="End">Completed, given up, or <see cref="CacheEventKind.RetryExpected"/>.</param>
/// <param name="Delay">Until the next attempt.</param>
internal sealed record SimulatedAttempt(IReadOnlyList<CacheEvent> Requests, CacheEventKind End, TimeSpan Delay)
{
    // As the generator of the workloads has it.
    private const double UploadBytesPerSecond = 12e6;

    public CacheEvent? Source => Requests.Count > 0 && Requests[0].EntryKind == EntryKind.Source ? Requests[0] : null;

    public TimeSpan Upload => TimeSpan.FromSeconds(Requests.Where(static e => e.EntryKind == EntryKind.Profile).Sum(static e => e.Size) / UploadBytesPerSecond);
}
