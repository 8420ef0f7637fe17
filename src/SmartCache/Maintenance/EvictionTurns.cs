using SmartCache.Configuration;
using SmartCache.Layers;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Hands out the right to evict, to one process and one task in it at a time. A round over very many entries takes as long as it takes: who waits for it waits
/// in the background of its job, for as long as the round shows life by the lock file's modification time, as one waits for a producer.
/// </summary>
/// <param name="directory">Where the lock is: beside the account and in no layer, so that a layer which cannot be opened keeps nobody from evicting in the others.</param>
/// <param name="boundary">Of that directory.</param>
/// <param name="settings">How long life may be waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class EvictionTurns(LayerDirectory directory, CacheBoundary boundary, ICacheSettingsSource settings, TimeProvider time)
{
    private const string LockName = "evictor";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LifeInterval = TimeSpan.FromSeconds(1);

    private string LockPath => Path.Combine(directory.Locks, LockName);

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
        await boundary.AttemptAsync(
            "sign of life",
            false,
            _ =>
            {
                directory.FileSystem.Touch(LockPath, time.GetUtcNow());
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<TurnAttempt?> TryAsync(CancellationToken cancellationToken) =>
        boundary.AttemptAsync<TurnAttempt?>(
            "become evictor",
            null,
            _ => directory.TryLock(LockName, exclusive: true) is { } turn
                ? new TurnAttempt(turn, 0)
                : new TurnAttempt(null, directory.FileSystem.Stat(LockPath)?.ModifiedNanoseconds ?? 0),
            cancellationToken);
}
