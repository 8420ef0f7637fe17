using System.Diagnostics;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>verify, evict, adopt and the looks as real processes: as root beside another user's worker, and killed at any moment.</summary>
public class OperatorBesideWorkersTests
{
    private const string Nobody = "65534";

    private static readonly string[][] _commands =
    [
        ["verify"], ["verify", "--yes"], ["evict", "--dry-run", "--to", "1MB"], ["explain-settings"], ["doctor"], ["stats"],
    ];

    [MountFact("setpriv")]
    public async Task As_root_beside_a_worker_of_another_user_they_leave_nothing_that_it_cannot_open()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            var (cache, work) = (Path.Combine(root, "cache"), Path.Combine(root, "work"));
            Directory.CreateDirectory(work);
            Mount.Run("chown", "-R", $"{Nobody}:{Nobody}", root);
            (await DownloadAsync(cache, work, "http://a.test/1"), await DownloadAsync(cache, work, "http://a.test/2")).Should().Be(("Miss", "Miss"));
            var entries = Directory.GetDirectories(Path.Combine(cache, "sources")).Where(static path => Path.GetFileName(path).Length == 32).Order().ToList();
            Spoil.Silently(entries[0]);

            // What was made for the entries is gone, so that root is the first to need it.
            foreach (var held in Directory.GetFiles(Path.Combine(cache, "sources", "locks")))
            {
                File.Delete(held);
            }

            foreach (var command in _commands)
            {
                var call = await ToolProcess.RunAsync([.. command, "--json", "-d", cache]);
                call.Code.Should().BeOneOf([0, 1], $"{command[0]}: {call.Error}");
            }

            Directory.Exists(entries[0]).Should().BeFalse("it was wrong");
            Owners(root).Should().Equal(Nobody);
            new[] { await DownloadAsync(cache, work, "http://a.test/1"), await DownloadAsync(cache, work, "http://a.test/2") }.Order().Should().Equal("Hit", "Miss");
            Owners(root).Should().Equal(Nobody);

            File.Delete(Path.Combine(cache, "CACHEDIR.TAG"));
            (await ToolProcess.RunAsync("adopt", cache, "--yes")).Code.Should().Be(0);
            Owners(root).Should().Equal(Nobody);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Killed_at_any_moment_verify_leaves_the_cache_whole_and_the_worker_its_hits()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var profile = cache.Entries("profiles").Single();
        var random = new Random(7);
        for (var i = 0; i < 10; i++)
        {
            if (Directory.Exists(profile))
            {
                Spoil.Silently(profile);
            }

            using var tool = ToolProcess.Start([], "verify", "--yes", "-d", cache.CacheRoot());

            // Spread over the time that it runs: at its start, at its locks, at its end.
            var locks = Path.Combine(cache.CacheRoot(), "profiles", "locks");
            var wanted = random.Next(4);
            SpinWait.SpinUntil(() => tool.HasExited || wanted == 0 || (wanted == 1 && Directory.GetFiles(locks, "writer-*").Length > 1) || (wanted == 2 && !Directory.Exists(profile)), HangGuard.Limit);
            tool.Kill();
            await tool.WaitForExitAsync().Guarded();

            // A hit on bytes that are wrong and look right is the disk's doing; whoever reads them finds it.
            await cache.Manager.VerifyAsync();
            (await cache.UseAsync()).Should().Be(CacheOutcome.Hit, "the source is whole");
        }

        (await ToolCall.OnAsync(cache, "verify")).Code.Should().Be(0);
        await cache.Manager.CleanupAsync();
        Directory.GetFileSystemEntries(Path.Combine(cache.CacheRoot(), "profiles", "staging")).Should().ContainSingle("what the dead left is swept");
    }

    private static async Task<string> DownloadAsync(string cache, string work, string url)
    {
        using var worker = WorkerProcess.As(Nobody, Nobody, "download", cache, work, Path.Combine(work, "log"), url, "1");
        await worker.WaitForLineAsync("ready");
        worker.Go();
        var outcome = await worker.ReadLineAsync();
        (await worker.ExitAsync()).Should().Be(0);
        return outcome!;
    }

    private static IEnumerable<string> Owners(string root)
    {
        using var find = Process.Start(new ProcessStartInfo("find", [root, "-printf", "%U\n"]) { RedirectStandardOutput = true })!;
        var owners = find.StandardOutput.ReadToEnd();
        find.WaitForExit();
        return owners.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct();
    }
}
