using System.Collections.Concurrent;
using SmartCache.Stages;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>The uploader behind the real upload state, against a real node.</summary>
public sealed class KuboWithUploadStateTests(IpfsNode node) : IClassFixture<IpfsNode>
{
    private const string Parameters = "cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256";

    /// <summary>100 segments and a playlist in each of three profiles, and a master playlist.</summary>
    private const int Files = 304;

    private const int NinetyPercent = 274;

    private const string WhyMore = "the node closes connections that were idle for five seconds, and what was about to go out on one goes out again";

    [IpfsNodeFact]
    public async Task Retry_after_a_failure_at_90_percent_sends_exactly_the_other_files_and_then_nothing_more()
    {
        using var tree = new VideoTree(100, seed: 1100);
        // Only what the retries send goes through it: what a failure cut off may still be on its way.
        await using var tunnel = new NodeTunnel(node.Endpoint);
        using var failing = KuboUpload.Uploader(node.Endpoint);
        using var kubo = KuboUpload.Uploader(tunnel.Endpoint);
        await using var cache = Cache(kubo);
        var first = await FailAfterAsync(NinetyPercent, tree, failing, cache);

        var (result, second) = await UploadAsync("job-1", tree, kubo, cache);

        result.Should().BeEquivalentTo(new { FilesSent = Files - NinetyPercent, FilesSkipped = NinetyPercent, Outcome = CacheOutcome.Miss, Verified = true });
        tunnel.TakeAdds().Should().BeInRange(Files - NinetyPercent, Files - NinetyPercent + KuboUpload.Concurrency, WhyMore);
        second.Should().BeEquivalentTo(tree.Paths().Except(first));
        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));

        foreach (var job in new[] { "job-1", "job-2" })
        {
            var (again, sent) = await UploadAsync(job, tree, kubo, cache);
            again.Should().BeEquivalentTo(new { result.RootCid, FilesSent = 0, FilesSkipped = Files, Outcome = CacheOutcome.Hit });
            sent.Should().BeEmpty();
            tunnel.TakeAdds().Should().Be(0);
        }
    }

    [IpfsNodeFact, Trait("Found", "M4")]
    public async Task Profile_that_is_linked_into_the_tree_is_sent_as_it_is_without_the_cache()
    {
        using var tree = new VideoTree(4, seed: 1150, "1080p", "720p");
        using var elsewhere = new VideoTree(3, seed: 1160, "480p");
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "480p"), Path.Combine(elsewhere.Root, "480p"));
        File.CreateSymbolicLink(Path.Combine(tree.Root, "720p", "extra.ts"), Path.Combine(elsewhere.Root, "480p", "segment0000.ts"));
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = Cache(kubo);
        var without = await kubo.UploadAsync(tree.Request());

        var (result, _) = await UploadAsync("job-1", tree, kubo, cache);
        var (again, _) = await UploadAsync("job-2", tree, kubo, cache);

        result.RootCid.Should().Be(without.RootCid);
        result.ProfileCids.Should().BeEquivalentTo(without.ProfileCids);
        (result.FilesSent + result.FilesSkipped).Should().Be(without.FilesSent);
        again.Should().BeEquivalentTo(new { result.RootCid, result.ProfileCids, Verified = true });
        again.FilesSent.Should().Be(5, "what lies behind links has no hash to be found by");
    }

    [IpfsNodeFact]
    public async Task Retry_under_a_new_job_id_resumes_what_failed()
    {
        using var tree = new VideoTree(8, seed: 1200);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = Cache(kubo);
        var first = await FailAfterAsync(20, tree, kubo, cache);

        var (result, second) = await UploadAsync("job-2", tree, kubo, cache);

        result.FilesSent.Should().Be(tree.Paths().Length - 20);
        second.Should().BeEquivalentTo(tree.Paths().Except(first));
        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
    }

    [IpfsNodeFact]
    public async Task Worker_killed_in_mid_upload_leaves_only_the_rest_and_what_was_in_flight()
    {
        using var tree = new VideoTree(100, seed: 1300);
        await using NodeTunnel before = new(node.Endpoint), after = new(node.Endpoint);
        using var kubo = KuboUpload.Uploader(after.Endpoint);
        await using var cache = Cache(kubo);
        List<string> confirmed = [];
        using (var worker = new WorkerProcess("kubo-upload", cache.Settings.Root, tree.Root, before.Endpoint.ToString(), "250"))
        {
            while (confirmed.Count < 50 && await worker.ReadLineAsync() is { } line)
                confirmed.Add(line);
            worker.Kill();
            // What it had said by then.
            while (await worker.ReadLineAsync() is { } line)
                confirmed.Add(line);
            (await worker.ExitAsync()).Should().Be(128 + 9);
        }
        confirmed.Count.Should().BeInRange(50, 250);

        var (result, sent) = await UploadAsync("job-1", tree, kubo, cache);

        after.TakeAdds().Should().BeInRange(sent.Length, sent.Length + KuboUpload.Concurrency, WhyMore);
        (before.TakeAdds() + sent.Length).Should().BeLessThanOrEqualTo(Files + (2 * KuboUpload.Concurrency));
        sent.Should().NotIntersectWith(confirmed).And.OnlyHaveUniqueItems();
        // A file may have been recorded whose line was never printed.
        result.FilesSent.Should().BeInRange(Files - confirmed.Count - KuboUpload.Concurrency, Files - confirmed.Count).And.Be(sent.Length);
        result.FilesSkipped.Should().Be(Files - result.FilesSent);
        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
        foreach (var path in tree.Paths())
            (await node.CatAsync(result.RootCid + "/" + path)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(tree.Root, path))).Should().BeTrue(path);
    }

    [IpfsNodeFact]
    public async Task Profile_encoded_again_between_the_attempts_leaves_no_stale_cid()
    {
        using var tree = new VideoTree(20, seed: 1400);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = Cache(kubo);
        // Files go out in the order of their paths: 1080p is among what was confirmed.
        (await FailAfterAsync(40, tree, kubo, cache)).Count(path => path.StartsWith("1080p/", StringComparison.Ordinal)).Should().BeGreaterThan(15);

        tree.Encode("1080p", 20, seed: 1499);
        var (second, _) = await UploadAsync("job-1", tree, kubo, cache);

        second.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));

        // After a success too, and where names and lengths stay what they were, and the times nearly.
        SpoilInPlace(Path.Combine(tree.Root, "1080p"));
        var (third, sent) = await UploadAsync("job-1", tree, kubo, cache);

        third.Outcome.Should().Be(CacheOutcome.Miss);
        third.RootCid.Should().NotBe(second.RootCid).And.Be(await node.AddWholeAsync(tree.Root, Parameters));
        third.ProfileCids["1080p"].Should().Be(await node.AddWholeAsync(Path.Combine(tree.Root, "1080p"), Parameters));
        third.ProfileCids["720p"].Should().Be(second.ProfileCids["720p"]);
        sent.Should().BeEquivalentTo(tree.Paths().Where(path => path.StartsWith("1080p/", StringComparison.Ordinal)));
    }

    [IpfsNodeFact]
    public async Task Node_that_lost_its_data_after_a_failed_attempt_is_sent_everything_again()
    {
        using var tree = new VideoTree(8, seed: 1700);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = Cache(kubo);
        var confirmed = await FailAfterAsync(20, tree, kubo, cache);

        await node.StartEmptyAsync();
        // What was confirmed is offered as fresh, and the node that has nothing is asked all the same.
        var (result, sent) = await UploadAsync("job-1", tree, kubo, cache);

        sent.Should().BeEquivalentTo(tree.Paths()).And.Contain(confirmed);
        result.Should().BeEquivalentTo(new { FilesSent = tree.Paths().Length, FilesSkipped = 0, Outcome = CacheOutcome.Miss, Verified = true });
        await ShouldHoldAsync(result, tree);
    }

    [IpfsNodeFact]
    public async Task Node_that_lost_its_data_after_a_success_is_sent_everything_again_where_presence_is_asked()
    {
        using var tree = new VideoTree(8, seed: 1800);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = new TestCache(settings => settings with { TrustUploads = TimeSpan.Zero }, with: services => services with { Presence = kubo });
        var (first, _) = await UploadAsync("job-1", tree, kubo, cache);
        (await UploadAsync("job-1", tree, kubo, cache)).Result.Outcome.Should().Be(CacheOutcome.Hit, "the node still has it");

        await node.StartEmptyAsync();
        var (result, sent) = await UploadAsync("job-1", tree, kubo, cache);

        sent.Should().BeEquivalentTo(tree.Paths());
        result.Should().BeEquivalentTo(new { first.RootCid, FilesSent = tree.Paths().Length, FilesSkipped = 0, Outcome = CacheOutcome.Miss, Verified = true });
        await ShouldHoldAsync(result, tree);
    }

    [IpfsNodeFact]
    public async Task Node_that_lost_some_blocks_is_sent_exactly_those_files_again()
    {
        using var tree = new VideoTree(8, seed: 1900);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        await using var cache = new TestCache(settings => settings with { TrustUploads = TimeSpan.Zero }, with: services => services with { Presence = kubo });
        await UploadAsync("job-1", tree, kubo, cache);
        string[] lost = ["1080p/segment0003.ts", "480p/index.m3u8", "480p/segment0000.ts"];

        await node.StartWithoutAsync(lost.Select(path => Path.Combine(tree.Root, path)));
        var (result, sent) = await UploadAsync("job-1", tree, kubo, cache);

        sent.Should().BeEquivalentTo(lost);
        result.Should().BeEquivalentTo(new { FilesSent = 3, FilesSkipped = tree.Paths().Length - 3, Outcome = CacheOutcome.Miss, Verified = true });
        await ShouldHoldAsync(result, tree);
    }

    [IpfsNodeFact]
    public async Task Uploader_of_one_post_is_not_called_again_when_what_comes_behind_it_failed()
    {
        using var tree = new VideoTree(10, seed: 1500);
        await using var cache = new TestCache();
        await SkippedAsAWholeAsync(tree, cache);
    }

    [IpfsNodeFact]
    public async Task Uploader_of_one_post_is_skipped_on_the_nodes_own_word_where_presence_is_asked()
    {
        using var tree = new VideoTree(10, seed: 1600);
        using var kubo = KuboUpload.Uploader(node.Endpoint);
        // Records alone would not be relied on.
        await using var cache = new TestCache(settings => settings with { TrustUploads = TimeSpan.Zero }, with: services => services with { Presence = kubo });
        await SkippedAsAWholeAsync(tree, cache);
    }

    private async Task SkippedAsAWholeAsync(VideoTree tree, TestCache cache)
    {
        var inner = new OnePostUploader(node.Endpoint, new UploadTarget("node", Parameters));
        var uploader = new ResumingIpfsUploader(inner, cache.Manager);
        UploadResult? uploaded = null;
        var failing = true;
        await this.Invoking(_ => JobAsync()).Should().ThrowAsync<InvalidOperationException>();
        uploaded.Should().BeEquivalentTo(new { Outcome = CacheOutcome.Miss, FilesSent = tree.Paths().Length });
        var root = uploaded!.RootCid;
        root.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));

        failing = false;
        await JobAsync();

        inner.Posts.Should().Be(1);
        uploaded.Should().BeEquivalentTo(new
        {
            RootCid = root,
            Target = new UploadTarget("node", Parameters),
            Outcome = CacheOutcome.Hit,
            FilesSent = 0,
            BytesSent = 0L,
            FilesSkipped = tree.Paths().Length,
        });

        async Task JobAsync()
        {
            uploaded = await uploader.UploadAsync(tree.Request());
            if (failing)
                throw new InvalidOperationException("What comes behind the upload.");
        }
    }

    /// <summary>Every file comes back by its path; only then the node is given the tree to say what its root is.</summary>
    private async Task ShouldHoldAsync(UploadResult result, VideoTree tree)
    {
        foreach (var path in tree.Paths())
            (await node.CatAsync(result.RootCid + "/" + path)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(tree.Root, path))).Should().BeTrue(path);
        (await node.IsPinnedAsync(result.RootCid)).Should().BeTrue();
        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
    }

    private static TestCache Cache(KuboUploader kubo) => new(with: services => services with { Presence = kubo });

    /// <summary>Returns the paths that were recorded before the failure.</summary>
    private static async Task<string[]> FailAfterAsync(int files, VideoTree tree, KuboUploader kubo, TestCache cache)
    {
        ConcurrentQueue<string> recorded = new();
        var count = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watched = new WatchedUploader(kubo)
        {
            BeforeRecord = async _ =>
            {
                if (Interlocked.Increment(ref count) > files)
                {
                    // The failure ends the waits of the others; theirs are to be over by then, so that it is known what they came to.
                    await all.Task.Guarded();
                    throw new TimeoutException("The link is gone.");
                }
            },
            Recorded = file =>
            {
                recorded.Enqueue(file.RelativePath);
                if (recorded.Count == files)
                    all.TrySetResult();
            },
        };
        var uploader = new ResumingIpfsUploader(watched, cache.Manager);
        await uploader.Invoking(u => u.UploadAsync(tree.Request())).Should().ThrowAsync<TimeoutException>();
        recorded.Should().HaveCount(files);
        return [.. recorded];
    }

    /// <summary>Returns the result, and the paths that were recorded as sent.</summary>
    private static async Task<(UploadResult Result, string[] Sent)> UploadAsync(string jobId, VideoTree tree, KuboUploader kubo, TestCache cache)
    {
        ConcurrentQueue<string> sent = new();
        var watched = new WatchedUploader(kubo) { Recorded = file => sent.Enqueue(file.RelativePath) };
        var result = await new ResumingIpfsUploader(watched, cache.Manager).UploadAsync(tree.Request() with { JobId = jobId });
        return (result, [.. sent]);
    }

    private static void SpoilInPlace(string directory)
    {
        foreach (var path in Directory.GetFiles(directory))
        {
            var written = File.GetLastWriteTimeUtc(path);
            File.WriteAllBytes(path, [.. File.ReadAllBytes(path).Select(value => (byte)~value)]);
            // A change is told by the time, so the time must differ: by the smallest step that can be set.
            File.SetLastWriteTimeUtc(path, written.AddTicks(-1));
        }
    }
}
