using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>Makes every key anew and takes it from the cache: a lock that outlived its holder, or a name that nothing can be published under, would show.</summary>
internal sealed class StuckKeyAudit(IServiceProvider services, Content content, string work)
{
    private const int AtOnce = 4;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly CacheManager _cache = services.GetRequiredService<CacheManager>();

    public List<string> Violations { get; } = [];

    public int Keys { get; private set; }

    public TimeSpan Longest { get; private set; }

    public async Task<StuckKeyAudit> RunAsync()
    {
        // Several at a time: where times are whole seconds, each that is made anew is held back for two.
        await Parallel.ForEachAsync(Enumerable.Range(0, Content.Sources), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (source, cancellationToken) =>
        {
            Directory.CreateDirectory(PlaceOf(source));
            await _cache.RemoveBySourceAsync(content.HashOf(source), cancellationToken);
            await TryAsync($"source {source}", () => SourceAsync(source));
            foreach (var profile in Content.Profiles)
            {
                await TryAsync($"profile {profile} of source {source}", () => ProfileAsync(source, profile));
            }
        });
        return this;
    }

    private string PlaceOf(int source) => Path.Combine(work, source.ToString(CultureInfo.InvariantCulture));

    private async Task TryAsync(string what, Func<Task<string?>> attempt)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            if (await attempt().WaitAsync(Bound) is { } wrong)
            {
                Note($"{what}: {wrong}");
            }
        }
        catch (TimeoutException)
        {
            Note($"{what} is stuck: not made within {Bound.TotalSeconds} s");
        }

        lock (Violations)
        {
            Keys++;
            Longest = clock.Elapsed > Longest ? clock.Elapsed : Longest;
        }
    }

    private void Note(string violation)
    {
        lock (Violations)
        {
            Violations.Add(violation);
        }
    }

    private async Task<string?> SourceAsync(int source)
    {
        var downloader = services.GetRequiredService<IVideoDownloader>();
        CacheOutcome last = default;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var video = await downloader.DownloadAsync(new DownloadRequest(Content.Url(source), Path.Combine(PlaceOf(source), "stuck.mp4")));
            await _cache.FlushAsync();
            last = video.Outcome;
            if (!(await File.ReadAllBytesAsync(video.Path)).AsSpan().SequenceEqual(content.Source(source)))
            {
                return $"wrong bytes, outcome {last}";
            }
        }

        return last is CacheOutcome.Hit or CacheOutcome.Prefetched ? null : $"made anew it is no hit but {last}";
    }

    private async Task<string?> ProfileAsync(int source, string profile)
    {
        var encoder = services.GetRequiredService<IProfileEncoder>();
        var path = Path.Combine(PlaceOf(source), "stuck.mp4");
        var video = new DownloadedVideo(path, content.LengthOf(source)) { Media = new SourceMedia { ContentHash = content.HashOf(source), Length = content.LengthOf(source) } };
        CacheOutcome last = default;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var output = Path.Combine(PlaceOf(source), "stuck");
            var encoded = await encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile(profile), output));
            await _cache.FlushAsync();
            last = encoded.Outcome;
            foreach (var (name, bytes) in content.Profile(content.HashOf(source), profile))
            {
                if (!(await File.ReadAllBytesAsync(Path.Combine(output, name))).AsSpan().SequenceEqual(bytes))
                {
                    return $"wrong bytes in {name}, outcome {last}";
                }
            }

            Directory.Delete(output, recursive: true);
        }

        return last == CacheOutcome.Hit ? null : $"made anew it is no hit but {last}";
    }
}
