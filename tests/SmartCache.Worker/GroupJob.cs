using Microsoft.Extensions.Logging;
using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>One job on a cache that several users share: downloads, encodes, records an upload, cleans up. Then holds until standard input ends.</summary>
internal static class GroupJob
{
    /// <summary>Prints the outcomes of download and encode, and behind them the first warning of the cache.</summary>
    public static async Task<int> RunAsync(string root, string work, string url)
    {
        var log = new WarningLog();
        var settings = CacheSettings.ForRoot(root) with
        {
            DirectoryMode = (UnixFileMode)0b111_111_000, History = 1_000_000, MinFreeSpace = new FreeSpaceFloor(0, null), VerifyInterval = TimeSpan.FromDays(1),
        };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), log, TimeProvider.System));
        var name = Guid.NewGuid().ToString("N");
        var video = await new CachingVideoDownloader(new SeededDownloader(), cache).DownloadAsync(new DownloadRequest(url, Path.Combine(work, name + ".mp4")) { JobId = url });
        var encoder = new CachingProfileEncoder(new LoggedEncoder(static _ => Task.CompletedTask), cache);
        var encoded = await encoder.EncodeAsync(new EncodeRequest(video, SameWork.Profile, Path.Combine(work, name)) { JobId = url });
        await cache.FlushAsync();
        await using (var session = await cache.Uploads.OpenAsync(new UploadRequest(url, encoded.Directory)))
        {
            var checkpoint = session.For(new UploadTarget("node", "v1"));
            foreach (var file in session.Files)
            {
                await checkpoint.RecordFileAsync(file, "bafy" + file.Sha256);
            }
        }

        await cache.CleanupAsync();
        foreach (var verifier in cache.Verifiers)
        {
            await verifier.RunAsync(CancellationToken.None);
        }

        Console.Out.WriteLine($"{video.Outcome} {encoded.Outcome}{log.First}");
        Console.Out.Flush();
        Console.In.ReadToEnd();
        return 0;
    }

    private sealed class WarningLog : ILogger
    {
        public string First { get; private set; } = "";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // That /tmp lies in memory, or is a disk too small for MaxSize, is no news here.
            if (logLevel >= LogLevel.Warning && eventId.Id is not (803 or 804 or 805) && First.Length == 0)
            {
                First = $" {eventId.Id} {formatter(state, exception)}";
            }
        }
    }
}
