using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Worker;

namespace SmartCache.Tests.Support;

/// <summary>A cache with checkpoints on, a source, and attempts at one profile of it.</summary>
internal sealed class CheckpointedJob : IAsyncDisposable
{
    private int _attempts;

    private CheckpointedJob(TestCache cache, DownloadedVideo source) => (Cache, Source) = (cache, source);

    public TestCache Cache { get; }

    public DownloadedVideo Source { get; }

    public string Partials => Path.Combine(Cache.Settings.ProfilesDirectory, "partials");

    /// <summary>Files of parts on the disk, in the order of their names.</summary>
    public string[] Parts => Directory.Exists(Partials) ? [.. Directory.GetFiles(Partials, "*.part", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];

    public string Journal => Directory.GetFiles(Partials, OwnNames.PartsJournal, SearchOption.AllDirectories).Single();

    public static async Task<CheckpointedJob> StartAsync(TestCache? cache = null)
    {
        cache ??= new TestCache(On);
        return new CheckpointedJob(cache, await TestJob.SourceAsync(cache));
    }

    public static CacheSettings On(CacheSettings settings) => settings with { Checkpoints = true, CheckpointsMinWork = TimeSpan.Zero };

    public string OutputOf(int attempt) => Cache.WorkPath($"attempt-{attempt}");

    /// <summary>One attempt, in a directory of its own; waits until everything is saved.</summary>
    public async Task<EncodedProfile> EncodeAsync(
        SegmentEncoder encoder, CacheUse use = CacheUse.Use, string? output = null, EncodingProfile? profile = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var request = new EncodeRequest(Source, profile ?? TestJob.Profile, output ?? OutputOf(++_attempts)) { Use = use };
            return await new CachingProfileEncoder(encoder, Cache.Manager).EncodeAsync(request, null, cancellationToken);
        }
        finally
        {
            await Cache.Manager.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>An attempt that throws before a segment.</summary>
    public async Task<SegmentEncoder> DieAsync(int before, SegmentEncoder? encoder = null, bool isTransient = false)
    {
        encoder ??= new SegmentEncoder();
        encoder.Before = (segment, _) => segment == before ? throw new StageException("died") { IsTransient = isTransient } : Task.CompletedTask;
        await ((Func<Task>)(() => EncodeAsync(encoder))).Should().ThrowAsync<StageException>();
        encoder.Before = null;
        return encoder;
    }

    public ValueTask DisposeAsync() => Cache.DisposeAsync();
}
