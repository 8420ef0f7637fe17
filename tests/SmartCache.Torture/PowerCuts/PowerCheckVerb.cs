using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Storage.Platform;
using SmartCache.Torture.Audit;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>The verb <c>power-check</c>: a real worker on a recovered disk. It stores, hits, cleans up and leaves nothing lying about.</summary>
internal static class PowerCheckVerb
{
    private const int First = 91_000; // numbers of nobody's

    public static async Task<int> RunAsync(string root, string seed)
    {
        FileSystem.AssumedBoot = "after the power cut";
        var content = new PowerContent(ulong.Parse(seed, CultureInfo.InvariantCulture));
        var cache = Path.Combine(root, "cache");
        var work = Directory.CreateDirectory(Path.Combine(root, "check")).FullName;
        var violations = new List<string>();
        await using (var services = PowerServices.Build(cache, content, PowerServices.Room, static _ => 0, static (_, _) => { }))
        {
            var manager = services.GetRequiredService<CacheManager>();
            foreach (var expected in new[] { CacheOutcome.Miss, CacheOutcome.Hit })
            {
                for (var source = First; source < First + 2; source++)
                {
                    var path = Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"{expected}-{source}.mp4"));
                    var video = await services.GetRequiredService<IVideoDownloader>().DownloadAsync(new DownloadRequest(PowerContent.Url(source), path));
                    var encoded = await services.GetRequiredService<IProfileEncoder>().EncodeAsync(new EncodeRequest(video, new EncodingProfile("720p"), path + ".out"));
                    await manager.FlushAsync();
                    if (video.Outcome != expected || encoded.Outcome != expected || Content.Hash(await File.ReadAllBytesAsync(path)) != content.HashOf(source, 0))
                    {
                        violations.Add($"a new worker: source {video.Outcome}, profile {encoded.Outcome}, {expected} was expected, or the bytes are wrong");
                    }
                }
            }

            await manager.CleanupAsync();
            await manager.CleanupAsync();
        }

        violations.AddRange(LeftoverAudit.Run(cache));
        violations.AddRange(AccountAudit.TooLow(cache));
        violations.ForEach(Console.WriteLine);
        return violations.Count == 0 ? 0 : 1;
    }
}
