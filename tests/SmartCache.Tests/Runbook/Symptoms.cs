using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Runbook;

/// <summary>The symptoms of docs/troubleshooting.md, in its order.</summary>
internal static class Symptoms
{
    public static IReadOnlyList<Symptom> All { get; } =
    [
        new("encodes-again", ["DurationUnknown", "register an ISourceProbe"], EncodesAgainAsync),
        new("downloads-again", ["Refused", "look at the origin"], DownloadsAgainAsync),
        new("uploads-again", ["TooOld", "register an IUploadPresence"], UploadsAgainAsync),
        new("disk-full", ["free-space"], DiskFullAsync) { NeedsDisk = true },
        new("out-of-inodes", ["free-inodes"], OutOfInodesAsync) { NeedsDisk = true },
        new("job-waits", ["Producer", "4711"], JobWaitsAsync),
        new("slow-hits", ["copies", "put both on one mount"], SlowHitsAsync) { NeedsDisk = true },
        new("bad-video", ["Present"], BadVideoAsync),
        new("ffmpeg-upgrade", ["ffmpeg 5.1.9", "ffmpeg 7.1.2"], FfmpegUpgradeAsync),
        new("two-versions", ["newer-version"], TwoVersionsAsync),
        new("cache-off", ["disabled", "DISABLED"], CacheOffAsync),
        new("roll-out", ["WouldHaveHit"], RollOutAsync),
        new("restored", ["not-a-cache"], RestoredAsync),
        new("go-back", ["disabled"], GoBackAsync),
    ];

    private static async Task<Night> EncodesAgainAsync()
    {
        var night = new Night();
        night.Encoder.ExpectedDuration = null;
        await night.AttemptAsync("job-47", uploadFails: true);
        await night.AttemptAsync("job-47", uploadFails: true);
        await night.TypeAsync("smartcache why job-47 --profile 720p");
        await night.TypeAsync("smartcache job job-47");
        return night;
    }

    private static async Task<Night> DownloadsAgainAsync()
    {
        var night = new Night();
        night.Video = "<html><body>503 Service Unavailable</body></html>"u8.ToArray();
        await night.DownloadAsync("job-47");
        await night.DownloadAsync("job-47");
        await night.TypeAsync($"smartcache why {Night.Url}");

        night.Video = Bytes.Random(400_000, seed: 46);
        await night.AttemptAsync("job-46", Night.OtherUrl);
        await night.Cache.Manager.CompleteJobAsync("job-46");
        night.Cache.SetLastAccess(night.Cache.Names().Single(), TimeSpan.FromHours(30));
        await night.Cache.Manager.CleanupAsync();
        await night.DownloadAsync("job-46", Night.OtherUrl);
        await night.TypeAsync("smartcache stats");
        return night;
    }

    private static async Task<Night> UploadsAgainAsync()
    {
        var night = new Night(""", "TrustUploads": "0s" """.TrimEnd(), static settings => settings with { TrustUploads = TimeSpan.Zero });
        await night.AttemptAsync("job-47");
        await night.AttemptAsync("job-47");
        await night.TypeAsync("smartcache why job-47");
        await night.TypeAsync("smartcache job job-47");
        return night;
    }

    private static async Task<Night> DiskFullAsync()
    {
        var mount = Mount.Image("ext4", 64);
        var night = new Night(""", "MinFreeSpace": "20MB" """.TrimEnd(), static settings => settings with { MinFreeSpace = new FreeSpaceFloor(20_000_000, null) }, mount);
        await night.AttemptAsync("job-46", Night.OtherUrl, uploadFails: true);
        var left = new DriveInfo(mount.Path).AvailableFreeSpace;
        await File.WriteAllBytesAsync(Path.Combine(mount.Path, "core.4700"), new byte[left - 1_200_000]);
        night.Video = Bytes.Random(500_000, seed: 48);
        await night.AttemptAsync("job-47", uploadFails: true);
        await night.TypeAsync("smartcache doctor");
        await night.TypeAsync("smartcache evict --dry-run");
        await night.TypeAsync("smartcache why job-47");
        return night;
    }

    private static async Task<Night> OutOfInodesAsync()
    {
        var mount = Mount.Image("ext4", 400, null, "-N", "2048");
        var night = new Night(""", "MinFreeInodes": "200" """.TrimEnd(), static settings => settings with { MinFreeInodes = new FreeInodeFloor(200, null) }, mount);
        await night.AttemptAsync("job-46", Night.OtherUrl, uploadFails: true);
        Directory.CreateDirectory(Path.Combine(mount.Path, "mail"));
        for (var mail = 0; FileSystem.Current.Disk(mount.Path).FreeInodes > 120; mail++)
        {
            await File.WriteAllTextAsync(Path.Combine(mount.Path, "mail", $"{mail}"), "");
        }

        night.Video = Bytes.Random(500_000, seed: 48);
        await night.AttemptAsync("job-47", uploadFails: true);
        await night.TypeAsync("smartcache doctor");
        await night.TypeAsync("smartcache why job-47");
        return night;
    }

    private static async Task<Night> JobWaitsAsync()
    {
        var night = new Night();
        var video = await night.DownloadAsync("job-46");
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        night.Encoder.Before = async (_, _) =>
        {
            begun.TrySetResult();
            await goOn.Task;
        };
        var first = night.EncodeAsync("job-46", video);
        await begun.Task.Guarded();
        var second = night.EncodeAsync("job-47", await night.DownloadAsync("job-47"));
        await night.TypeAsync("smartcache stats");
        await night.TypeAsync("smartcache jobs");
        goOn.SetResult();
        await Task.WhenAll(first, second).Guarded();
        return night;
    }

    private static async Task<Night> SlowHitsAsync()
    {
        var night = new Night();
        var scratch = Mount.Tmpfs(20);
        night.Keep(scratch);
        night.Show(scratch.Path, "/mnt/scratch");
        await night.AttemptAsync("job-47");
        await night.TypeAsync("smartcache doctor --work /mnt/scratch");
        return night;
    }

    private static async Task<Night> BadVideoAsync()
    {
        var night = new Night();
        await night.AttemptAsync("job-46");
        await night.AttemptAsync("job-47");
        await night.TypeAsync($"smartcache why {Night.Url}");
        await night.TypeAsync($"smartcache reject {Night.Url} --yes");
        night.Video = Bytes.Random(400_000, seed: 74);
        await night.AttemptAsync("job-47");
        await night.TypeAsync($"smartcache why {Night.Url}");
        return night;
    }

    private static async Task<Night> FfmpegUpgradeAsync()
    {
        var night = new Night();
        await night.AttemptAsync("job-47", uploadFails: true);
        night.Encoder.Version = "ffmpeg 7.1.2";
        (night.Video, var video) = (Bytes.Random(400_000, seed: 46), night.Video);
        await night.AttemptAsync("job-46", Night.OtherUrl);
        night.Video = video;
        night.Encoder.Before = static (_, _) => throw new InvalidOperationException("Unrecognized option 'vsync'.");
        await night.Invoking(static worker => worker.AttemptAsync("job-47")).Should().ThrowAsync<InvalidOperationException>();
        await night.Cache.Manager.FlushAsync();
        await night.TypeAsync($"smartcache why {Night.Url} --profile 720p");
        await night.TypeAsync("smartcache ls profiles --sort created");
        return night;
    }

    private static async Task<Night> TwoVersionsAsync()
    {
        var night = new Night();
        await night.AttemptAsync("job-46", Night.OtherUrl);
        await File.WriteAllTextAsync(Path.Combine(night.Cache.Entries("profiles").Single(), "manifest.json"), """{"version":2,"content":"in a form that this version does not know"}""");
        await night.AttemptAsync("job-46", Night.OtherUrl, uploadFails: true);
        await night.TypeAsync("smartcache doctor");
        await night.TypeAsync("smartcache why job-46 --profile 720p");
        return night;
    }

    private static async Task<Night> CacheOffAsync()
    {
        var night = new Night();
        await night.AttemptAsync("job-46", uploadFails: true);
        await File.WriteAllTextAsync(Path.Combine(night.Cache.CacheRoot(), "DISABLED"), "");
        await night.AttemptAsync("job-47");
        await night.TypeAsync("smartcache doctor");
        night.Environment["CACHE_ENABLED"] = "false";
        await night.TypeAsync("smartcache explain-settings");
        return night;
    }

    private static async Task<Night> RollOutAsync()
    {
        const string observe = """, "Sources": { "Mode": "Observe" }, "Profiles": { "Mode": "Observe" }, "Uploads": { "Mode": "Observe" }""";
        var night = new Night(observe, static settings => settings with { SourcesMode = LayerMode.Observe, ProfilesMode = LayerMode.Observe, UploadsMode = LayerMode.Observe });
        await night.AttemptAsync("job-47", uploadFails: true);
        await night.AttemptAsync("job-47");
        await night.TypeAsync("smartcache stats");
        return night;
    }

    private static async Task<Night> RestoredAsync()
    {
        var night = new Night();
        night.Show(Path.Combine(night.Root, "restored"), "/mnt/new/encoder");
        await night.AttemptAsync("job-47");
        await night.StopAsync();

        // As a backup program does that knows the tag.
        Mount.Run("cp", "-a", night.Cache.CacheRoot(), Path.Combine(night.Root, "restored"));
        foreach (var tag in Directory.GetFiles(Path.Combine(night.Root, "restored"), "CACHEDIR.TAG", SearchOption.AllDirectories))
        {
            File.Delete(tag);
        }

        await night.TypeAsync("smartcache doctor --directory /mnt/new/encoder");
        await night.TypeAsync("smartcache adopt /mnt/new/encoder --yes");
        await night.TypeAsync("smartcache ls profiles --directory /mnt/new/encoder");
        return night;
    }

    private static async Task<Night> GoBackAsync()
    {
        var night = new Night();
        await night.AttemptAsync("job-46");
        await night.TypeAsync("touch /var/cache/encoder/DISABLED");
        await night.AttemptAsync("job-47");
        await night.TypeAsync("smartcache doctor");
        await night.TypeAsync("rm /var/cache/encoder/DISABLED");
        await night.TypeAsync("smartcache clear profiles --yes");
        return night;
    }
}
