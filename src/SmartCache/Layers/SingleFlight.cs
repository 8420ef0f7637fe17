using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// One producer at a time per key, over all threads and processes: whoever holds <c>locks/make-KEY</c> works, the others wait and look again.
/// <para>
/// The lock saves work and nothing else. A producer that dies loses it with its process, and the next one takes over at its next look.
/// A live one shows itself by the lock file's modification time, which it sets while its stage reports progress or its output grows;
/// whoever sees no new time for <c>LockTimeout</c> on its own clock, or for less where the disk hangs, stops waiting and works without the lock. Age alone proves nothing: an encode may take hours.
/// </para>
/// </summary>
internal sealed class SingleFlight(LayerAccess layer)
{
    private const string MakeLock = "make-";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private static readonly AsyncLocal<Underway?> UpThisFlow = new();

    // On a disk that hangs nobody can show life, nor give a lock back (that deletes a file), and what the other makes could not be had. Twice, because a sign of
    // life may itself take one.
    private TimeSpan Patience
    {
        get
        {
            var (forLife, forDisk) = (layer.Settings.Current.LockTimeout, 2 * layer.Settings.Current.OperationTimeout);
            return layer.Boundary.Hangs && forDisk < forLife ? forDisk : forLife;
        }
    }

    /// <summary>Tells a production that nobody had asked for of those who wait for it.</summary>
    public JoinSignals Joins { get; } = new();

    /// <summary>
    /// Whether this flow runs inside the production of the key: a cache behind a cache. It would wait for a lock that is given back when it has ended, and its waiting
    /// would pass for a sign of life.
    /// </summary>
    public bool IsUnderway(string key)
    {
        for (var one = UpThisFlow.Value; one is not null; one = one.Outer)
        {
            if (!one.IsOver && one.Key == key && one.Root == layer.Directory.Root)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether somebody produces the key just now, as far as that can be seen without taking its lock.</summary>
    public ValueTask<bool> IsProducedAsync(string key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("look for a producer", false, _ => layer.Directory.FileSystem.LookAtLock(Path.Combine(layer.Directory.Locks, MakeLock + key)) is not null, cancellationToken);

    /// <summary>What is there already, what another caller makes meanwhile, or what this one makes.</summary>
    /// <param name="key">What is made; <see langword="null"/> where it will not be stored, so that waiting for another one would end with the same work.</param>
    /// <param name="find">Looks, first without the lock, because a hit waits for nobody, and then under it; <see langword="null"/> where there is nothing.</param>
    /// <param name="produce">Makes it. The production is given back at its end, unless it was handed to a save (<see cref="Production.StartSaving"/>).</param>
    /// <param name="progress">Is told while another one is waited for.</param>
    /// <param name="cancellationToken">Ends the wait, and whatever <paramref name="find"/> and <paramref name="produce"/> make of it.</param>
    /// <param name="unavailable">Is asked instead where the layer cannot be used, with the reason; without it, <paramref name="produce"/> is.</param>
    /// <param name="joinsAhead">Whether what is produced ahead of all jobs is waited for; not by whoever will not use it.</param>
    public async Task<T> RunAsync<T>(
        string? key,
        Func<Production, ValueTask<T?>> find,
        Func<Production, Task<T>> produce,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken,
        Func<Reason, Task<T>>? unavailable = null,
        bool joinsAhead = true)
        where T : class
    {
        var alone = Production.WithoutLock(waited: false);
        if (await find(alone).ConfigureAwait(false) is { } hit)
        {
            return hit;
        }

        if (unavailable is not null && layer.Boundary.Unavailable is { } reason)
        {
            return await unavailable(reason).ConfigureAwait(false);
        }

        var production = key is null || IsUnderway(key) ? alone : await EnterAsync(key, progress, joinsAhead, cancellationToken).ConfigureAwait(false);
        return (await UnderAsync(key, production, find, produce!).ConfigureAwait(false))!;
    }

    /// <summary>
    /// The same for whoever makes several keys at once, and calls this for the next one from within <paramref name="produce"/>. Whoever holds a key must not wait for
    /// another one, whose producer may wait for this: only the first is waited for. Where that showed no sign of life, the others are not waited for one after the other.
    /// </summary>
    /// <param name="key">As in <see cref="RunAsync{T}"/>.</param>
    /// <param name="held">What becomes of the key where another one is producing it.</param>
    /// <param name="find">As there.</param>
    /// <param name="produce">As there, but may make nothing.</param>
    /// <param name="progress">As there.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <returns><see langword="null"/> where another one is producing it, or nothing was made.</returns>
    public async Task<T?> TryRunAsync<T>(
        string? key,
        HeldKey held,
        Func<Production, ValueTask<T?>> find,
        Func<Production, Task<T?>> produce,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
        where T : class
    {
        var alone = Production.WithoutLock(waited: false);
        if (await find(alone).ConfigureAwait(false) is { } hit)
        {
            return hit;
        }

        var production = key is null ? alone
            : held == HeldKey.Wait ? await EnterAsync(key, progress, joinsAhead: true, cancellationToken).ConfigureAwait(false)
            : Entered(await AttemptAsync(key, cancellationToken).ConfigureAwait(false), waited: false)
                ?? (held == HeldKey.Produce ? Production.WithoutLock(waited: true) : null);
        return production is null ? null : await UnderAsync(key, production, find, produce).ConfigureAwait(false);
    }

    private async Task<T?> UnderAsync<T>(string? key, Production production, Func<Production, ValueTask<T?>> find, Func<Production, Task<T?>> produce)
        where T : class
    {
        var underway = new Underway(layer.Directory.Root, key, UpThisFlow.Value);
        UpThisFlow.Value = underway;
        try
        {
            return await find(production).ConfigureAwait(false) ?? await produce(production).ConfigureAwait(false);
        }
        finally
        {
            underway.IsOver = true;
            if (!production.IsSaving)
            {
                await layer.ReleaseAsync(production).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Enters as the producer, after waiting for another one if there is one.</summary>
    /// <returns>The right to produce. Where the lock could not be had, because of a fault or after <c>LockTimeout</c>, it holds nothing.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up waiting; nobody else notices.</exception>
    private async Task<Production> EnterAsync(string key, IProgress<StageProgress>? progress, bool joinsAhead, CancellationToken cancellationToken)
    {
        var attempt = await AttemptAsync(key, cancellationToken).ConfigureAwait(false);
        return Entered(attempt, waited: false) ?? await WaitAsync(key, attempt, progress, joinsAhead, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Production> WaitAsync(string key, LockAttempt attempt, IProgress<StageProgress>? progress, bool joinsAhead, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        var started = layer.Time.GetTimestamp();
        var (lastLife, lastReport, seenTime) = (started, started, 0L);
        FileLock? asking = null;
        if (joinsAhead)
        {
            Joins.Join(key);
        }

        try
        {
            while (true)
            {
                if (attempt.IsAhead && !joinsAhead)
                {
                    return Production.WithoutLock(waited: true);
                }

                asking ??= attempt.IsAhead ? await AskAsync(key, cancellationToken).ConfigureAwait(false) : null;
                var now = layer.Time.GetTimestamp();
                if (attempt.ModifiedNanoseconds != seenTime)
                {
                    (seenTime, lastLife) = (attempt.ModifiedNanoseconds, now);
                }
                else if (layer.Time.GetElapsedTime(lastLife, now) >= Patience)
                {
                    StorageLog.WaitGivenUp(layer.Logger, layer.Name, layer.Time.GetElapsedTime(lastLife, now).TotalSeconds);
                    return Production.WithoutLock(waited: true);
                }

                if (lastReport == started || layer.Time.GetElapsedTime(lastReport, now) >= ReportInterval)
                {
                    lastReport = now;
                    progress.Tell(new StageProgress("waiting"));
                }

                await Task.Delay(pause, layer.Time, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                attempt = await AttemptAsync(key, cancellationToken).ConfigureAwait(false);
                if (Entered(attempt, waited: true) is { } production)
                {
                    return production;
                }
            }
        }
        finally
        {
            await layer.ReleaseAsync(asking).ConfigureAwait(false);
        }
    }

    // Whoever produces ahead of all jobs, in another process, is told by this that one waits.
    private ValueTask<FileLock?> AskAsync(string key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("join", null, _ => layer.Directory.TryLock(AheadProduction.JoinLock + key, exclusive: false), cancellationToken);

    private ValueTask<LockAttempt> AttemptAsync(string key, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("lock", LockAttempt.Failed, _ => TryEnter(MakeLock + key), cancellationToken);

    // Null where another one is at work. A lock that could not be had is no reason not to work.
    private Production? Entered(LockAttempt attempt, bool waited) =>
        attempt.Lock is { } hold ? new Production(layer, hold, waited) : attempt.IsHeld ? null : Production.WithoutLock(waited);

    private LockAttempt TryEnter(string name)
    {
        var directory = layer.Directory;
        if (directory.TryLock(name, exclusive: true) is not { } hold)
        {
            var facts = directory.FileSystem.Stat(Path.Combine(directory.Locks, name));
            return new LockAttempt(null, true, facts?.ModifiedNanoseconds ?? 0) { IsAhead = facts is { Length: > 0 } };
        }

        try
        {
            directory.FileSystem.Touch(hold.Path, layer.Time.GetUtcNow());
            return new LockAttempt(hold, true, 0);
        }
        catch
        {
            hold.DeleteAndDispose();
            throw;
        }
    }

    /// <summary>What a flow produces. What the stage started and left running sees that it is over.</summary>
    private sealed class Underway
    {
        private volatile bool _isOver;

        public Underway(string root, string? key, Underway? outer)
        {
            (Root, Key, Outer) = (root, key, outer);

            // A flow that goes on from stage to stage would keep all that are over.
            for (var one = this; one is not null; one = one.Outer)
            {
                while (one.Outer is { IsOver: true } over)
                {
                    one.Outer = over.Outer;
                }
            }
        }

        public string Root { get; }

        public string? Key { get; }

        public Underway? Outer { get; private set; }

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }
    }

    /// <summary>Disposable, so that a lock that arrives after its caller gave up is released.</summary>
    private sealed record LockAttempt(FileLock? Lock, bool IsHeld, long ModifiedNanoseconds) : IDisposable
    {
        /// <summary>Whether nobody had asked for what its holder makes, see <see cref="AheadProduction"/>.</summary>
        public bool IsAhead { get; init; }

        public static readonly LockAttempt Failed = new(null, false, 0);

        public void Dispose() => Lock?.DeleteAndDispose();
    }
}
