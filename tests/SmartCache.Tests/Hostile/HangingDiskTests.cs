using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>A disk that answers nothing at all, not even a look: each call of a job returns after <c>OperationTimeout</c>, and is a miss.</summary>
public class HangingDiskTests
{
    private static readonly UploadTarget _target = new("node", "v1");

    public static TheoryData<string> Calls => [.. _calls.Keys];

    private static readonly Dictionary<string, Func<TestJob, TestCache, DownloadedVideo, Task>> _calls = new()
    {
        ["download"] = static async (job, _, _) => (await job.Downloader.DownloadAsync(job.Request())).Outcome.Should().NotBe(CacheOutcome.Hit),
        ["encode"] = static async (job, cache, video) =>
            (await job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, cache.WorkPath("hung")))).Outcome.Should().NotBe(CacheOutcome.Hit),
        ["upload"] = static async (_, cache, video) =>
        {
            var tree = Directory.CreateDirectory(cache.WorkPath("tree")).FullName;
            File.Copy(video.Path, Path.Combine(tree, "a.ts"), overwrite: true);
            var sent = await new ResumingIpfsUploader(new ScriptedUploader(_target), cache.Manager).UploadAsync(new UploadRequest("job", tree));
            sent.RootCid.Should().Be("bafyroot");
        },
        ["look for a source"] = static async (_, cache, _) => (await cache.Manager.Sources.TryGetAsync(SourceKey.From(new DownloadRequest(TestJob.Url, "/d")))).Should().BeNull(),
        ["look for media"] = static async (job, cache, _) => (await cache.Manager.TryGetMediaAsync(job.Request())).Should().BeNull(),
        ["plan"] = static async (job, cache, _) =>
        {
            await using var plan = await cache.Manager.PlanAsync(job.Request(), [TestJob.Profile], job.Encoder);
            plan.IsSourceCached.Should().BeFalse();
        },
        ["state of a job"] = static async (_, cache, _) => (await cache.Manager.Uploads.LoadAsync("job-1")).Should().BeNull(),
        ["statistics"] = static async (_, cache, _) => (await cache.Manager.GetStatisticsAsync()).Space.Should().BeNull(),
        ["clean-up"] = static async (_, cache, _) => (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(0),
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_on_a_disk_that_answers_nothing_returns_as_a_miss(string call)
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        disk.Hang();

        await _calls[call](job, cache, video).Guarded();

        disk.Asked.Should().BePositive();
        cache.Log.Of(400).Should().NotBeEmpty().And.OnlyContain(line => line.Contains(nameof(TimeoutException), StringComparison.Ordinal));
        disk.Dispose();
        await cache.Manager.FlushAsync().Guarded();
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task Sixty_jobs_on_a_disk_that_answers_nothing_hold_few_threads_and_nothing_afterwards()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(500) }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.DownloadAsync();
        var before = HeldByThisProcess.Of(cache);
        disk.Hang();

        var most = 0;
        using var cancellation = new CancellationTokenSource();
        var jobs = Enumerable.Range(0, 60).Select(async number =>
        {
            var token = number % 2 == 0 ? cancellation.Token : CancellationToken.None;
            await Record.ExceptionAsync(() => job.Downloader.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath($"job-{number}.mp4")), null, token)).Guarded();
            most = Math.Max(most, disk.Waiting);
        }).ToList();
        await jobs[1].Guarded();
        await cancellation.CancelAsync();
        await Task.WhenAll(jobs).Guarded();

        // Of the layer itself, of its account of space, and of the releases of either.
        most.Should().BeLessThanOrEqualTo(4 * Math.Max(8, Environment.ProcessorCount));
        disk.Answer();
        await cache.Manager.FlushAsync().Guarded();
        await HeldByThisProcess.BecomesAsync(cache, before);
        SpinWait.SpinUntil(() => disk.Waiting == 0, HangGuard.Limit).Should().BeTrue("{0} threads still wait", disk.Waiting);
    }

    [Fact]
    [Trait("Found", "M27")]
    public async Task A_thousand_callers_that_cancel_at_random_leave_nothing_held()
    {
        await using var cache = new TestCache(static settings => settings with { Materialize = SmartCache.Abstractions.MaterializeMode.Copy });
        var job = new TestJob(cache, new FakeDownloader(static request => Bytes.Random(20_000, request.Source.Length)));
        await job.DownloadAsync();
        await cache.Manager.FlushAsync();
        var before = HeldByThisProcess.Of(cache);
        var random = new Random(27);
        var delays = Enumerable.Range(0, 1000).Select(_ => random.Next(40)).ToArray();

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
        {
            using var caller = new CancellationTokenSource(delays[number]);
            try
            {
                var request = new DownloadRequest(TestJob.Url + new string('x', number % 7), cache.WorkPath($"caller-{number}.mp4"));
                switch (number % 3)
                {
                    case 0:
                        await using (await cache.Manager.Sources.TryGetAsync(SourceKey.From(request), caller.Token))
                        {
                            break;
                        }

                    case 1:
                        await job.Downloader.DownloadAsync(request, null, caller.Token);
                        break;
                    default:
                        await using (await cache.Manager.PlanAsync(request, [TestJob.Profile], job.Encoder, caller.Token))
                        {
                            break;
                        }
                }
            }
            catch (OperationCanceledException)
            {
                // What this is about.
            }
        }).Guarded();
        await cache.Manager.FlushAsync().Guarded();

        await HeldByThisProcess.BecomesAsync(cache, before);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Lease_that_is_given_back_to_a_disk_that_answers_nothing_holds_nobody_up()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        var lease = await cache.Manager.Sources.TryGetAsync(SourceKey.From(new DownloadRequest(TestJob.Url, "/d")));
        var plan = await cache.Manager.PlanAsync(job.Request(), [TestJob.Profile], job.Encoder);
        plan.IsSourceCached.Should().BeTrue();
        disk.Hang();

        await lease!.DisposeAsync().AsTask().Guarded();
        await plan.DisposeAsync().AsTask().Guarded();

        disk.Asked.Should().BePositive();
    }

    /// <summary>Described by the worker's own code, in the middle of which it is cancelled: what the plan had leased by then was given back on the job's time.</summary>
    [Fact]
    public async Task Plan_that_was_cancelled_hung_at_the_release_of_what_it_had_leased()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromSeconds(1) }, fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        using var cancellation = new CancellationTokenSource();
        var encoder = new CancellingEncoder(job.Encoder, () =>
        {
            disk.Hang();
            cancellation.Cancel();
        });

        var plan = () => cache.Manager.PlanAsync(job.Request(), [TestJob.Profile, new EncodingProfile("480p")], encoder, cancellation.Token).Guarded();

        await plan.Should().ThrowAsync<OperationCanceledException>();
        disk.Asked.Should().BePositive("the first profile was leased");
    }

    [Fact]
    public async Task Look_up_that_was_cancelled_while_lost_facts_were_asked_for_hung_at_the_release_of_its_lease()
    {
        using var disk = new HangingDisk();
        using var cancellation = new CancellationTokenSource();
        var probe = new FakeProbe();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, probe, fileSystem: disk);
        var bytes = Bytes.Random(20_000);
        var job = new TestJob(cache, new FakeDownloader(bytes));
        await job.DownloadAsync();
        cache.Manager.SourceStore.Catalog.ForgetFacts(Bytes.Sha256(bytes));
        probe.Before = _ =>
        {
            disk.Hang();
            cancellation.Cancel();
        };

        var look = () => cache.Manager.Sources.TryGetAsync(SourceKey.From(job.Request()), cancellation.Token).AsTask().Guarded();

        await look.Should().ThrowAsync<OperationCanceledException>();
        disk.Asked.Should().BePositive("it was leased");
    }

    private sealed class CancellingEncoder(IProfileEncoder inner, Action atSecond) : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
        {
            if (profile.Name == "480p")
            {
                atSecond();
            }

            return inner.DescribeAsync(source, profile, cancellationToken);
        }

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.EncodeAsync(request, progress, cancellationToken);
    }
}
