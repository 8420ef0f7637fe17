using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile;

/// <summary>A worker in a container whose C library is older than the cache's system calls.</summary>
public class OldLibraryTests
{
    [OldLibraryFact]
    [Trait("Found", "M12c")]
    public async Task Library_without_statx_and_renameat2_stores_and_hits()
    {
        await using var cache = new TestCache();
        var library = OldLibrary.MakeIn(cache.Work);

        (await DownloadAsync(cache, library)).Should().Be("Miss");
        (await DownloadAsync(cache, library)).Should().Be("Hit");

        cache.Entries("sources").Should().ContainSingle();
    }

    private static async Task<string?> DownloadAsync(TestCache cache, string library)
    {
        using var worker = new WorkerProcess("with-library", library, "download", cache.Settings.Root, cache.Work, cache.WorkPath("log"), TestJob.Url, "1");
        await worker.WaitForLineAsync("ready");
        worker.Go();
        var outcome = await worker.ReadLineAsync();
        (await worker.ExitAsync()).Should().Be(0);
        return outcome;
    }
}
