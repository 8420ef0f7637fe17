using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>Gets to the middle of a piece of work, says so, and stays there until it is killed or told to end.</summary>
internal static class UnfinishedWork
{
    public static async Task<int> HangInDownloadAsync(string root, string work, string source)
    {
        await using var cache = SameWork.Open(root);
        var downloader = new CachingVideoDownloader(new LoggedDownloader(HangAsync), cache);
        await downloader.DownloadAsync(new DownloadRequest(source, Path.Combine(work, "hanging.mp4")));
        return 0;
    }

    public static async Task<int> HangInEncodeAsync(string root, string work, string source)
    {
        await using var cache = SameWork.Open(root);
        var encoder = new CachingProfileEncoder(new LoggedEncoder(HangAsync), cache);
        await encoder.EncodeAsync(new EncodeRequest(new DownloadedVideo(source, new FileInfo(source).Length), SameWork.Profile, Path.Combine(work, "hanging")));
        return 0;
    }

    /// <summary>Encodes in segments that a later attempt can go on from, and hangs before the one that it was told; prints the outcome and what it encoded itself.</summary>
    public static async Task<int> EncodeSegmentsAsync(string root, string work, string source, int hangAt)
    {
        var settings = CacheSettings.ForRoot(root) with
        {
            Checkpoints = true, CheckpointsMinWork = TimeSpan.Zero, DirectoryMode = (UnixFileMode)0b111_111_000, MinFreeSpace = new FreeSpaceFloor(0, null),
        };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), NullLogger.Instance, TimeProvider.System));
        var inner = new SegmentEncoder { Before = (segment, token) => segment == hangAt ? HangAsync(token) : Task.CompletedTask };
        var output = Path.Combine(work, Guid.NewGuid().ToString("N"));
        var encoded = await new CachingProfileEncoder(inner, cache).EncodeAsync(new EncodeRequest(new DownloadedVideo(source, new FileInfo(source).Length), SameWork.Profile, output));
        await cache.FlushAsync();
        Console.Out.WriteLine($"{encoded.Outcome} {string.Join(',', inner.Encoded)}");
        Console.Out.Flush();
        Console.In.ReadToEnd();
        return 0;
    }

    /// <summary>The save hangs in the probe. SIGTERM ends the process as a host whose shutdown time is over would.</summary>
    public static async Task<int> HangInSaveAsync(string root, string work, string source)
    {
        var terminated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            terminated.TrySetResult();
        });
        await using var cache = new CacheManager(
            new CacheServices(new FixedSettings(CacheSettings.ForRoot(root)), NullLogger.Instance, TimeProvider.System) { Probe = new HangingProbe() });
        var downloader = new CachingVideoDownloader(new LoggedDownloader(static _ => Task.CompletedTask), cache);
        await downloader.DownloadAsync(new DownloadRequest(source, Path.Combine(work, "saved.mp4")));
        await terminated.Task;
        return await cache.Saves.StopAsync(new CancellationToken(canceled: true)) == 1 ? 0 : 1;
    }

    private static Task HangAsync(CancellationToken cancellationToken)
    {
        Console.Out.WriteLine("hanging");
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private sealed class HangingProbe : ISourceProbe
    {
        public async ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default)
        {
            await HangAsync(cancellationToken);
            return new Dictionary<string, string>();
        }
    }
}
