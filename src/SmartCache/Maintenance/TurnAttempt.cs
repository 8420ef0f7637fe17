using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>A try at becoming the evictor. Disposable, so that a lock that arrives after its caller gave up is released.</summary>
/// <param name="turn">The lock; <see langword="null"/> where another one evicts.</param>
/// <param name="lifeSeen">The last sign of life of that one.</param>
internal sealed class TurnAttempt(FileLock? turn, long lifeSeen) : IDisposable
{
    public long LifeSeen => lifeSeen;

    public EvictionTurn? Take(EvictionTurns turns, DateTimeOffset now) => turn is null ? null : new EvictionTurn(turns, turn, now);

    public void Dispose() => turn?.Dispose();
}
