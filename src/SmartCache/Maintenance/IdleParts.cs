using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// Removes parts of encodes that nobody goes on with. Age says when they are worth a look; the proof that nobody has them is their production lock, which is taken for it. A journal's
/// modification time is its last part, or the beginning of the last attempt.
/// </summary>
internal sealed class IdleParts(PartsStore parts)
{
    /// <summary>A retry comes within an hour, or it is not known when.</summary>
    private static readonly TimeSpan MayGoOn = TimeSpan.FromHours(1);

    private readonly TimesAhead _ahead = new();

    private EntryLayer Layer => parts.Layer;

    /// <summary>Removes those that are as old as an unused entry may get.</summary>
    public ValueTask<int> RemoveExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        RemoveAsync(Layer.Settings.Current.MaxAge > MayGoOn ? Layer.Settings.Current.MaxAge : MayGoOn, now, cancellationToken);

    /// <summary>Removes those of which none was recorded for an hour: before any entry goes.</summary>
    public ValueTask<int> RemoveIdleAsync(DateTimeOffset now, CancellationToken cancellationToken) => RemoveAsync(MayGoOn, now, cancellationToken);

    /// <summary>Removes all of which no encode is under way, for a disk that is full: no entry goes for a part.</summary>
    public ValueTask<int> RemoveAllAsync(DateTimeOffset now, CancellationToken cancellationToken) => RemoveAsync(TimeSpan.MinValue, now, cancellationToken);

    /// <summary>Takes the parts of all profiles of a source back; of all sources without one. Also those that a producer has just now: nobody is given them any more.</summary>
    /// <returns>Whether all of them could be.</returns>
    public ValueTask<bool> TakeBackAsync(string? contentHash, CancellationToken cancellationToken) =>
        Layer.Boundary.AttemptAsync("remove parts", false, pulse => TakeBack(contentHash, pulse), cancellationToken);

    /// <summary>The same for whoever is in the middle of an operation of the source layer, and goes on whatever comes of it. While the disk hangs it is not asked again.</summary>
    public void TakeBack(string contentHash)
    {
        if (!Layer.Boundary.Hangs)
        {
            Layer.Boundary.AttemptOrSay<object?>("remove parts", static _ => null, pulse => TakeBack(contentHash, pulse));
        }
    }

    /// <summary>What lies there, and what this process used of it.</summary>
    public async ValueTask<EncodePartStatistics> ReadAsync(CancellationToken cancellationToken)
    {
        var found = await Layer.Boundary.AttemptAsync("count parts", new EncodePartStatistics(), Count, cancellationToken).ConfigureAwait(false);
        return found with { ReusedTime = Layer.Meter.ResumedTime };
    }

    private bool TakeBack(string? contentHash, OperationPulse pulse)
    {
        parts.RemoveOf(contentHash, pulse);
        return true;
    }

    private EncodePartStatistics Count(OperationPulse pulse)
    {
        var profiles = parts.Keys().ToList();
        var files = profiles.SelectMany(key => FileSystem.ListOrNone(() => Layer.Files.ListFiles(parts.PathOf(key), "*.part")));
        return new EncodePartStatistics { Profiles = profiles.Count, Parts = files.Count(), Bytes = DiskUsage.Of(parts.Root, pulse, Layer.Files) };
    }

    private ValueTask<int> RemoveAsync(TimeSpan maxAge, DateTimeOffset now, CancellationToken cancellationToken) =>
        Layer.Boundary.AttemptAsync("expire parts", 0, pulse => Remove(maxAge, now, pulse), cancellationToken);

    private int Remove(TimeSpan maxAge, DateTimeOffset now, OperationPulse pulse)
    {
        var faults = new FirstFault();
        var removed = 0;
        foreach (var key in parts.Keys().ToList())
        {
            pulse.Beat();
            try
            {
                if (parts.LastUse(key) is not { } last)
                {
                    continue;
                }

                // What was taken back while a producer held it has no age to wait for: it goes as soon as that one is gone.
                var age = now - _ahead.Believe(key, last, now);
                if ((age > maxAge || parts.AreVoid(key)) && parts.TryDelete(key, pulse) == true)
                {
                    MaintenanceLog.PartsExpired(Layer.Logger, EntryName.Short(key), age.TotalHours);
                    removed++;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // What cannot be looked at, or deleted, keeps nothing else.
                faults.Note(exception);
            }
        }

        faults.Throw();
        return removed;
    }
}
