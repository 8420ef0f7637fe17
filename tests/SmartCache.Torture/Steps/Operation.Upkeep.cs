using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>Storing what must be found afterwards, and what takes entries and states away again. Each gives the promises that it makes.</summary>
internal sealed partial record Operation
{
    private static readonly TimeSpan LongAgo = TimeSpan.FromDays(8); // above UploadStateMaxAge

    private static async Task WithSourceAndProfileAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.DownloadAsync();
        await test.EncodeAsync();
        await test.OpenAsync();
    }

    private static async Task<string> PublishSourceAsync(StepCase test)
    {
        var outcome = await test.DownloadAsync();
        test.Give(Promise.SourceIsServed);
        return outcome.ToString();
    }

    private static async Task<string> PublishProfileAsync(StepCase test)
    {
        var outcome = await test.EncodeAsync();
        test.Give(Promise.ProfileIsServed);
        return outcome.ToString();
    }

    /// <summary>With saves under way, which the disposal waits for.</summary>
    private static async Task<string> DisposeAsync(StepCase test)
    {
        await test.DownloadAsync(flushes: false);
        await test.EncodeAsync(flushes: false);
        await test.UploadAsync(flushes: false);
        await test.OpenAsync();
        test.Give(Promise.SourceIsServed, Promise.ProfileIsServed);
        return "disposed";
    }

    private static async Task<string> ClearAsync(StepCase test)
    {
        var removed = await test.Cache.ClearAsync();
        test.Give(Promise.NoEntries, Promise.NoRecords);
        return $"cleared of {removed}";
    }

    private static async Task<string> RefreshSourceAsync(StepCase test)
    {
        var outcome = await test.DownloadAsync(use: CacheUse.Refresh);
        test.Give(Promise.SourceIsServed);
        return outcome == CacheOutcome.Hit ? throw new WrongBytesException("a refresh was a hit") : outcome.ToString();
    }

    private static async Task<string> RefreshProfileAsync(StepCase test)
    {
        var outcome = await test.EncodeAsync(use: CacheUse.Refresh);
        test.Give(Promise.ProfileIsServed);
        return outcome == CacheOutcome.Hit ? throw new WrongBytesException("a refresh was a hit") : outcome.ToString();
    }

    private static async Task<string> RejectAsync(StepCase test)
    {
        var path = Path.Combine(test.NewWork(), "video.mp4");
        var video = await test.Get<IVideoDownloader>().DownloadAsync(new DownloadRequest(Content.Url(StepCase.Source), path));
        var wasThere = await test.Cache.RejectSourceAsync(video, "the picture is green");
        test.Give(Promise.SourceIsNotServed);
        return wasThere ? "rejected" : "not there";
    }

    /// <summary>A source, a profile and confirmations of long ago, and younger ones, which must stay.</summary>
    private static async Task WithOldAndYoungAsync(StepCase test)
    {
        await test.OpenAsync(time: new ShiftedTime(-LongAgo));
        await test.DownloadAsync(4);
        await test.EncodeAsync(profile: "480p");
        await test.UploadAsync();
        await test.OpenAsync();
        var old = Directory.GetFiles(test.Paths.Cache, "*", SearchOption.AllDirectories).Where(IsAged).ToList();
        foreach (var path in old)
        {
            File.SetLastWriteTimeUtc(path, (DateTimeOffset.UtcNow - LongAgo).UtcDateTime);
        }

        using (var ledger = new LineFile(test.Paths.Old))
        {
            old.ForEach(ledger.Add);
        }

        await test.DownloadAsync();
        await test.EncodeAsync();
        await test.UploadAsync();
        test.Give(Promise.SourceIsServed, Promise.ProfileIsServed);
        await test.OpenAsync();
    }

    // The job's state is written anew by the young upload, and the facts of the source by the young encode.
    private static bool IsAged(string path) =>
        Path.GetFileName(path) == "manifest.json" || Path.GetExtension(path) == ".journal" || Path.GetFileName(Path.GetDirectoryName(path)) == "keys";

    private static async Task<string> ExpireAsync(StepCase test)
    {
        await test.Cache.CleanupAsync();
        test.Give(Promise.OldIsGone);
        return "expired";
    }

    private static async Task<string> RemoveAsync(StepCase test)
    {
        var removed = await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        test.Give(Promise.SourceIsNotServed, Promise.NoProfiles);
        return $"removed {removed}";
    }

    private static async Task<string> RemoveKeysAsync(StepCase test)
    {
        await test.Cache.Sources.RemoveAsync(KeyOfSource);
        await test.Cache.Profiles.RemoveAsync(KeyOfProfile);
        test.Give(Promise.SourceIsNotServed, Promise.ProfileIsNotServed);
        return "removed";
    }
}
