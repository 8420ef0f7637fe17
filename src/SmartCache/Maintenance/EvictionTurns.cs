using SmartCache.Configuration;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Hands out the right to evict, to one process and one task in it at a time. A round over very many entries takes as long as it takes: who waits for it waits
/// in the background of its job, for as long as the round shows life by the lock file's modification time, as one waits for a producer.
/// </summary>
internal sealed class EvictionTurns(CacheLayer layer, ICacheSettingsSource settings, TimeProvider time)
{
    private const string LockName = "evictor";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LifeInterval = TimeSpan.FromSeconds(1);

    private string LockPath => Path.Combine(layer.Directory.Locks, LockName);

    /// <summary>The turn; <see langword="null"/> while somebody else has it.</summary>
    public async ValueTask<EvictionTurn?> TryBeginAsync(CancellationToken cancellationToken) =>
        (await TryAsync(cancellationToken).ConfigureAwait(false))?.Take(time.GetUtcNow());

    /// <summary>The turn, after waiting for those who had it; without one the reason.</summary>
    public async ValueTask<(EvictionTurn? Turn, bool Waited, SpaceRefusal Refusal)> WaitAsync(CancellationToken cancellationToken)
    {
        var (lastLife, seen, waited) = (time.GetTimestamp(), 0L, false);
        while (await TryAsync(cancellationToken).ConfigureAwait(false) is { } attempt)
        {
            if (attempt.Take(time.GetUtcNow()) is { } turn)
            {
                return (turn, waited, SpaceRefusal.None);
            }

            waited = true;
            var now = time.GetTimestamp();
            if (attempt.LifeSeen != seen)
            {
                (seen, lastLife) = (attempt.LifeSeen, now);
            }
            else if (time.GetElapsedTime(lastLife, now) >= settings.Current.LockTimeout)
            {
                return (null, waited, SpaceRefusal.Busy);
            }

            // By the system's clock and not the injected one: it is another task's disk that is waited for, and a clock that somebody drives would never wake this one.
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        return (null, waited, SpaceRefusal.Unavailable);
    }

    /// <summary>Shows those who wait that the round goes on.</summary>
    public async ValueTask ShowLifeAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        if (turn.LifeShownAt is { } shown && time.GetElapsedTime(shown) < LifeInterval)
        {
            return;
        }

        turn.LifeShownAt = time.GetTimestamp();
        await layer.Boundary.AttemptAsync(
            "sign of life",
            false,
            _ =>
            {
                layer.Directory.FileSystem.Touch(LockPath, time.GetUtcNow());
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<TurnAttempt?> TryAsync(CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync<TurnAttempt?>(
            "become evictor",
            null,
            _ => layer.Directory.TryLock(LockName, exclusive: true) is { } turn
                ? new TurnAttempt(turn, 0)
                : new TurnAttempt(null, layer.Directory.FileSystem.Stat(LockPath)?.ModifiedNanoseconds ?? 0),
            cancellationToken);
}
