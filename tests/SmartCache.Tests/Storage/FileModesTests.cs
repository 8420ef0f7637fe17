using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Storage;

/// <summary>What the cache writes is for its owner, or for the group that was given it, and for nobody else, whatever the umask. It tells who works on which video.</summary>
public class FileModesTests
{
    private static readonly UploadTarget Target = new("node", "cid-version=1");

    [Theory]
    [InlineData("700", "600", false)]
    [InlineData("770", "660", false)]
    [InlineData("700", "600", true)]
    public async Task Everything_that_a_whole_job_leaves_has_the_mode_of_the_settings(string directories, string files, bool links)
    {
        await using var cache = new TestCache(
            settings => settings with { DirectoryMode = Mode(directories), Materialize = links ? MaterializeMode.HardLink : MaterializeMode.Copy, History = 1_000_000, VerifyInterval = TimeSpan.FromDays(1) },
            probe: new FakeProbe());
        await RunJobAsync(cache);

        var linked = Paths(cache.Work, isDirectory: false).Select(static path => FileSystem.Current.Stat(path)!.Value.Inode).ToHashSet();
        var written = Paths(cache.CacheRoot(), isDirectory: false).Where(path => !linked.Contains(FileSystem.Current.Stat(path)!.Value.Inode)).ToList();

        written.Where(path => Entries.ModeOf(path) != Mode(files)).Should().BeEmpty();
        Paths(cache.CacheRoot(), isDirectory: true).Append(cache.CacheRoot()).Where(path => Entries.ModeOf(path) != Mode(directories)).Should().BeEmpty();
        foreach (var kind in new[] { "manifest.json", "/keys/", "/facts/", "metadata.json", "verification.json", ".journal", "/uploads/job-1-", "/quota/account.json", "/history/", "/locks/" })
        {
            written.Should().Contain(path => path.Contains(kind), "the job wrote such a file");
        }

        written.Any(static path => path.EndsWith(".ts", StringComparison.Ordinal)).Should().Be(!links, "linked files are the worker's and keep their mode");
    }

    private static async Task RunJobAsync(TestCache cache)
    {
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var encoded = await job.EncodeAsync(await job.DownloadAsync());
        var request = new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded], Target = Target };
        var failing = () => new ResumingIpfsUploader(new ScriptedUploader(Target) { FailAt = 2 }, cache.Manager).UploadAsync(request);
        await failing.Should().ThrowAsync<IOException>();
        await new ResumingIpfsUploader(new ScriptedUploader(Target), cache.Manager).UploadAsync(request);
        await cache.Manager.FlushAsync();
        await cache.Manager.CleanupAsync();
        foreach (var verifier in cache.Manager.Verifiers)
        {
            await verifier.RunAsync(CancellationToken.None);
        }
    }

    private static IEnumerable<string> Paths(string root, bool isDirectory) =>
        isDirectory ? Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories) : Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories);

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
