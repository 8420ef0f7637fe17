using System.Globalization;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
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
internal sealed class ProductionGate(LayerDirectory layer, CacheBoundary boundary, ICacheSettingsSource settings, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    // On a disk that hangs nobody can show life, nor give a lock back (that deletes a file), and what the other makes could not be had. Twice, because a sign of
    // life may itself take one.
    private TimeSpan Patience
    {
        get
        {
            var (forLife, forDisk) = (settings.Current.LockTimeout, 2 * settings.Current.OperationTimeout);
            return boundary.Hangs && forDisk < forLife ? forDisk : forLife;
        }
    }

    /// <summary>Enters as the producer, after waiting for another one if there is one.</summary>
    /// <returns>The right to produce. Where the lock could not be had, because of a fault or after <c>LockTimeout</c>, it holds nothing.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up waiting; nobody else notices.</exception>
    public async Task<Production> EnterAsync(string key, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var name = "make-" + key;
        var pause = FirstPause;
        var started = time.GetTimestamp();
        var lastLife = started;
        var lastReport = started;
        var seenTime = 0L;
        var waited = false;
        while (true)
        {
            var attempt = await boundary.AttemptAsync("lock", Attempt.Failed, _ => TryEnter(name), cancellationToken).ConfigureAwait(false);
            if (attempt.Lock is { } hold)
            {
                return new Production(layer, boundary, settings, time, hold, waited);
            }

            if (!attempt.IsHeld)
            {
                return Production.WithoutLock(waited);
            }

            waited = true;
            var now = time.GetTimestamp();
            if (attempt.ModifiedNanoseconds != seenTime)
            {
                seenTime = attempt.ModifiedNanoseconds;
                lastLife = now;
            }
            else if (time.GetElapsedTime(lastLife, now) >= Patience)
            {
                StorageLog.WaitGivenUp(logger, layer.Name, time.GetElapsedTime(lastLife, now).TotalSeconds);
                return Production.WithoutLock(waited);
            }

            if (lastReport == started || time.GetElapsedTime(lastReport, now) >= ReportInterval)
            {
                lastReport = now;
                progress.Tell(new StageProgress("waiting"));
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private Attempt TryEnter(string name)
    {
        var path = Path.Combine(layer.Locks, name);
        if (layer.TryLock(name, exclusive: true) is { } hold)
        {
            try
            {
                layer.FileSystem.Touch(path, time.GetUtcNow());
                return new Attempt(hold, true, 0);
            }
            catch
            {
                hold.DeleteAndDispose();
                throw;
            }
        }

        return new Attempt(null, true, layer.FileSystem.Stat(path)?.ModifiedNanoseconds ?? 0);
    }

    /// <summary>Disposable, so that a lock that arrives after its caller gave up is released.</summary>
    private sealed class Attempt(FileLock? hold, bool isHeld, long modifiedNanoseconds) : IDisposable
    {
        public static readonly Attempt Failed = new(null, false, 0);

        public FileLock? Lock { get; } = hold;

        public bool IsHeld { get; } = isHeld;

        public long ModifiedNanoseconds { get; } = modifiedNanoseconds;

        public void Dispose() => Lock?.DeleteAndDispose();

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"held={IsHeld}");
    }
}
