using SmartCache.Layers;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>
/// Hands out the right to evict, to one process and one task in it at a time. A round over very many entries takes as long as it takes: who waits for it waits
/// in the background of its job, for as long as the round shows life by the lock file's modification time, as one waits for a producer.
/// </summary>
/// <param name="quota">Where the lock is: beside the account and in no layer, so that a layer which cannot be opened keeps nobody from evicting in the others.</param>
internal sealed class EvictionTurns(LayerAccess quota)
{
    private const string LockName = "evictor";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LifeInterval = TimeSpan.FromSeconds(1);

    private long _lifeSeen;

    private string LockPath => Path.Combine(quota.Directory.Locks, LockName);

    /// <summary>The turn; <see langword="null"/> while somebody else has it.</summary>
    public async ValueTask<EvictionTurn?> TryBeginAsync(CancellationToken cancellationToken) =>
        (await TryAsync(cancellationToken).ConfigureAwait(false))?.Take(this, quota.Time.GetUtcNow());

    /// <summary>The same; and while somebody else has it, whether that one showed life since this was last asked.</summary>
    public async ValueTask<(EvictionTurn? Turn, bool IsOtherAlive)> TryBeginOrSeeAsync(CancellationToken cancellationToken)
    {
        var attempt = await TryAsync(cancellationToken).ConfigureAwait(false);
        if (attempt?.Take(this, quota.Time.GetUtcNow()) is { } turn)
        {
            return (turn, false);
        }

        return (null, attempt is { LifeSeen: var life } && Interlocked.Exchange(ref _lifeSeen, life) != life);
    }

    /// <summary>The turn, after waiting for those who had it; without one the reason.</summary>
    public async ValueTask<(EvictionTurn? Turn, bool Waited, SpaceRefusal Refusal)> WaitAsync(CancellationToken cancellationToken)
    {
        var (lastLife, seen, waited) = (quota.Time.GetTimestamp(), 0L, false);
        while (await TryAsync(cancellationToken).ConfigureAwait(false) is { } attempt)
        {
            if (attempt.Take(this, quota.Time.GetUtcNow()) is { } turn)
            {
                return (turn, waited, SpaceRefusal.None);
            }

            waited = true;
            var now = quota.Time.GetTimestamp();
            if (attempt.LifeSeen != seen)
            {
                (seen, lastLife) = (attempt.LifeSeen, now);
            }
            else if (quota.Time.GetElapsedTime(lastLife, now) >= quota.Settings.Current.LockTimeout)
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
        if (turn.LifeShownAt is { } shown && quota.Time.GetElapsedTime(shown) < LifeInterval)
        {
            return;
        }

        turn.LifeShownAt = quota.Time.GetTimestamp();
        await quota.Boundary.AttemptAsync(
            "sign of life",
            false,
            _ =>
            {
                quota.Directory.FileSystem.Touch(LockPath, quota.Time.GetUtcNow());
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<TurnAttempt?> TryAsync(CancellationToken cancellationToken) =>
        quota.Boundary.AttemptAsync<TurnAttempt?>(
            "become evictor",
            null,
            _ => quota.Directory.TryLock(LockName, exclusive: true) is { } turn
                ? new TurnAttempt(turn, 0)
                : new TurnAttempt(null, quota.Directory.FileSystem.Stat(LockPath)?.ModifiedNanoseconds ?? 0),
            cancellationToken);
}
