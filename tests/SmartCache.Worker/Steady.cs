using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>A worker that stays: for each line of numbers it does those jobs, makes sure of every byte, and prints what the stages of each came to.</summary>
internal static class Steady
{
    public static async Task<int> RunAsync(string root, string work, UnixFileMode mode)
    {
        var settings = CacheSettings.ForRoot(root) with { DirectoryMode = mode, History = 1_000_000, MinFreeSpace = new FreeSpaceFloor(0, null) };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), NullLogger.Instance, TimeProvider.System));
        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            var outcomes = new List<string>();
            foreach (var number in line.Split(' '))
            {
                outcomes.Add(await DoAsync(cache, work, number));
            }

            await cache.FlushAsync();
            Console.Out.WriteLine(string.Join(' ', outcomes));
        }

        return 0;
    }

    private static async Task<string> DoAsync(CacheManager cache, string work, string number)
    {
        var url = "http://a.test/" + number;
        var directory = Directory.CreateDirectory(Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number}"))).FullName;
        try
        {
            var video = await new CachingVideoDownloader(new SeededDownloader(), cache).DownloadAsync(new DownloadRequest(url, Path.Combine(directory, "video.mp4")) { JobId = url });
            var isRight = (await File.ReadAllBytesAsync(video.Path)).AsSpan().SequenceEqual(SeededDownloader.Video(url));
            var encoder = new CachingProfileEncoder(new LoggedEncoder(static _ => Task.CompletedTask), cache);
            var encoded = await encoder.EncodeAsync(new EncodeRequest(video, SameWork.Profile, Path.Combine(directory, "out")) { JobId = url });
            isRight &= File.Exists(Path.Combine(encoded.Directory, encoded.Playlist));
            await cache.CompleteJobAsync(url);
            return isRight ? $"{video.Outcome}+{encoded.Outcome}" : "WrongBytes";
        }
        finally
        {
            await cache.FlushAsync();
            Directory.Delete(directory, recursive: true);
        }
    }
}
