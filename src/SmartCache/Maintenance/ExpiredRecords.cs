using SmartCache.Configuration;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>Removes keys, facts and partial downloads that nobody used for a time; their modification time is their last use.</summary>
internal sealed class ExpiredRecords(SourceCatalog catalog)
{
    /// <summary>A download that is alive writes to its partial now and then; taking that away would fail its job.</summary>
    private static readonly TimeSpan PartialsMayLive = TimeSpan.FromHours(1);

    private const string Note = ".json";

    private readonly TimesAhead _ahead = new();

    private CacheSettings Settings => catalog.Layer.Settings.Current;

    private TimeSpan PartialsMaxAge => Settings.MaxAge > PartialsMayLive ? Settings.MaxAge : PartialsMayLive;

    public int RemoveExpired(DateTimeOffset now, OperationPulse pulse)
    {
        var faults = new FirstFault();
        var removed = RemoveRecords(Settings.UploadStateMaxAge, _ahead, now, faults, pulse) + RemovePartials(PartialsMaxAge, _ahead, now, faults, pulse);
        faults.Throw();

        // What was fetched ahead and is gone: by another process, of which nobody has booked it.
        catalog.Ahead.Waiting(pulse);
        return removed;
    }

    /// <summary>All of them, but of the partial downloads those that may not be alive any more.</summary>
    public int RemoveAll(DateTimeOffset now, OperationPulse pulse)
    {
        var faults = new FirstFault();
        var removed = RemoveRecords(TimeSpan.MinValue, new TimesAhead(), now, faults, pulse) + RemovePartials(PartialsMayLive, new TimesAhead(), now, faults, pulse);
        faults.Throw();
        return removed;
    }

    /// <summary>Takes the partial downloads away that may not be alive any more.</summary>
    public int RemoveIdlePartials(DateTimeOffset now, OperationPulse pulse)
    {
        var faults = new FirstFault();
        var removed = RemovePartials(PartialsMayLive, new TimesAhead(), now, faults, pulse);
        faults.Throw();
        return removed;
    }

    // What a downloader notes beside a partial is written once, and is of use as long as the partial grows.
    private int RemovePartials(TimeSpan maxAge, TimesAhead ahead, DateTimeOffset now, FirstFault faults, OperationPulse pulse) =>
        Remove(catalog.PartialsDirectory, OwnNames.IsPartial, maxAge, ahead, now, faults, pulse, static path => path.EndsWith(Note, StringComparison.Ordinal) ? path[..^Note.Length] : path);

    private int RemoveRecords(TimeSpan maxAge, TimesAhead ahead, DateTimeOffset now, FirstFault faults, OperationPulse pulse) =>
        Remove(catalog.KeysDirectory, OwnNames.IsRecord, maxAge, ahead, now, faults, pulse) + Remove(catalog.FactsDirectory, OwnNames.IsRecord, maxAge, ahead, now, faults, pulse);

    private int Remove(
        string directory, Func<string, bool> isOwn, TimeSpan maxAge, TimesAhead ahead, DateTimeOffset now, FirstFault faults, OperationPulse pulse, Func<string, string>? belongsTo = null)
    {
        var files = catalog.Layer.Files;
        var removed = 0;
        bool IsOld(string path) => files.Stat(path) is not { } facts || now - ahead.Believe(path, facts.Modified, now) > maxAge;
        void Guarded(Action work)
        {
            try
            {
                work();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // What cannot be looked at, or deleted, keeps nothing else.
                faults.Note(exception);
            }
        }

        Guarded(() =>
        {
            // Through a link it would delete somebody else's files.
            if (files.Stat(directory) is not { Kind: FileKind.Directory })
            {
                return;
            }

            foreach (var path in files.ListFiles(directory).Where(path => isOwn(Path.GetFileName(path))))
            {
                pulse.Beat();
                Guarded(() =>
                {
                    if (IsOld(path) && (belongsTo is null || IsOld(belongsTo(path))))
                    {
                        files.Delete(path);
                        removed++;
                    }
                });
            }
        });
        return removed;
    }
}
