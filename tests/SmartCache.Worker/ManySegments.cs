using System.Globalization;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;

namespace SmartCache.Worker;

/// <summary>
/// Encodes three profiles of 500 segments, one right after the other, and opens files of its own meanwhile; then once more. Prints the outcomes of
/// each round, then how many faults the cache had. Ends by an exception where one of its own opens fails.
/// </summary>
internal static class ManySegments
{
    private const int Segments = 500;
    private const int OwnFiles = 100;

    public static async Task<int> RunAsync(string root, string work)
    {
        var faults = new FaultCount();
        var settings = CacheSettings.ForRoot(root) with { MinFreeSpace = new FreeSpaceFloor(0, null) };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), faults, TimeProvider.System));
        var encoder = new CachingProfileEncoder(new Segmenter(), cache);
        var source = new DownloadedVideo(Path.Combine(work, "source"), 1) { Media = new SourceMedia { ContentHash = new string('a', 64), Length = 1 } };
        for (var round = 0; round < 2; round++)
        {
            var outcomes = new List<CacheOutcome>();
            for (var profile = 0; profile < 3; profile++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{profile}");
                var encoded = await encoder.EncodeAsync(new EncodeRequest(source, new EncodingProfile(name), Path.Combine(work, $"{round}-{profile}")));
                outcomes.Add(encoded.Outcome);
                OpenOwnFiles(encoded.Directory);
            }

            await cache.FlushAsync();
            Console.Out.WriteLine(string.Join(' ', outcomes));
        }

        Console.Out.WriteLine($"{faults.Count} faults");
        return 0;
    }

    private static void OpenOwnFiles(string directory)
    {
        var open = new List<FileStream>();
        try
        {
            open.AddRange(Directory.EnumerateFiles(directory).Take(OwnFiles).Select(File.OpenRead));
        }
        finally
        {
            open.ForEach(static file => file.Dispose());
        }
    }

    private sealed class Segmenter : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new EncodeRecipe { Arguments = [profile.Name], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(Segments) });

        public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Directory.CreateDirectory(request.OutputDirectory);
            var names = Enumerable.Range(0, Segments).Select(static number => string.Create(CultureInfo.InvariantCulture, $"{number}.ts")).ToList();
            foreach (var name in names)
            {
                await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, name), name + request.Profile.Name, cancellationToken);
            }

            var playlist = "#EXTM3U\n" + string.Concat(names.Select(static name => $"#EXTINF:1,\n{name}\n")) + "#EXT-X-ENDLIST\n";
            await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), playlist, cancellationToken);
            return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8" };
        }
    }

    private sealed class FaultCount : ILogger
    {
        private int _count;

        public int Count => _count;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 400)
            {
                Interlocked.Increment(ref _count);
                Console.Error.WriteLine(formatter(state, exception));
            }
        }
    }
}
