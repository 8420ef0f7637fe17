using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>
/// Asks for the same thing <c>count</c> times at once, when it is told to by a line on its input, and prints the outcomes.
/// Each real production is a line in a log that all processes share.
/// </summary>
internal static class SameWork
{
    public static readonly EncodingProfile Profile = new("720p");

    public static CacheManager Open(string root) => new(new CacheServices(new FixedSettings(CacheSettings.ForRoot(root)), NullLogger.Instance, TimeProvider.System));

    public static Task<int> DownloadAsync(string root, string work, string log, string source, int count) => RunAsync(
        root,
        count,
        async (cache, number) =>
        {
            var downloader = new CachingVideoDownloader(new LoggedDownloader(Logged(log)), cache);
            var video = await downloader.DownloadAsync(new DownloadRequest(source, Path.Combine(work, $"{Environment.ProcessId}-{number}.mp4")));
            var isRight = (await File.ReadAllBytesAsync(video.Path)).AsSpan().SequenceEqual(LoggedDownloader.Video());
            return isRight ? video.Outcome.ToString() : "WrongBytes";
        });

    public static Task<int> EncodeAsync(string root, string work, string log, string source, int count) => RunAsync(
        root,
        count,
        async (cache, number) =>
        {
            var encoder = new CachingProfileEncoder(new LoggedEncoder(Logged(log)), cache);
            var request = new EncodeRequest(
                new DownloadedVideo(source, new FileInfo(source).Length), Profile, Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number}")));
            var encoded = await encoder.EncodeAsync(request);
            return File.Exists(Path.Combine(encoded.Directory, "a.ts")) ? encoded.Outcome.ToString() : "NoSegment";
        });

    private static Func<CancellationToken, Task> Logged(string log) => cancellationToken =>
    {
        new SharedLog(log).Add(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return Task.Delay(LoggedDownloader.Work, cancellationToken);
    };

    private static async Task<int> RunAsync(string root, int count, Func<CacheManager, int, Task<string>> ask)
    {
        await using var cache = Open(root);
        Console.Out.WriteLine("ready");
        Console.In.ReadLine();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, count).Select(number => Task.Run(() => ask(cache, number))));
        await cache.FlushAsync();
        Console.Out.WriteLine(string.Join(' ', outcomes));
        return 0;
    }
}
