using Microsoft.Extensions.Options;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

/// <summary>A cache that nobody but <see cref="CacheManager.Create"/> makes, on a temporary directory, and jobs around it.</summary>
public sealed class WithoutContainerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly FakeDownloader _downloader = new(Bytes.Random(50_000));
    private readonly FakeEncoder _encoder = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Retry_in_the_next_process_finds_the_work_done()
    {
        var first = await RunAsync("1");
        var second = await RunAsync("2");

        first.Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));
        second.Should().Be((CacheOutcome.Hit, CacheOutcome.Hit));
        (_downloader.Calls, _encoder.Calls).Should().Be((1, 1));
    }

    [Fact]
    public void Invalid_options_are_told_all_at_once()
    {
        var create = () => CacheManager.Create(new CacheOptions { MaxSize = "much", MaxAge = "24" });

        create.Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(2).And.Contain(static line => line.StartsWith("Cache:MaxSize (set in code): \"much\""));
    }

    [Fact]
    public async Task Invalid_options_switch_the_cache_off_where_that_was_asked_for()
    {
        var options = Options();
        options.MaxSize = "much";
        options.OnInvalidSettings = "Disable";
        await using var cache = CacheManager.Create(options);

        (await RunAsync(cache, "1")).Should().Be((CacheOutcome.Bypass, CacheOutcome.Bypass));
        Directory.Exists(Path.Combine(_root, "cache")).Should().BeFalse();
    }

    [Fact]
    public async Task Numbers_are_options_too()
    {
        var options = Options().SetEnabled(true).SetMaxSize(2_000_000).SetMinFreeSpace(0).SetMaxAge(TimeSpan.FromMinutes(90)).SetDirectoryMode((UnixFileMode)0b111_101_000);
        var time = new DrivenTime();
        await using var cache = CacheManager.Create(options, new CacheDependencies { TimeProvider = time });
        await RunAsync(cache, "1");

        (await cache.GetStatisticsAsync()).Space!.LimitBytes.Should().Be(2_000_000);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path.Combine(_root, "cache", "sources")).Should().Be((UnixFileMode)0b111_101_000);
        }
    }

    [Fact]
    public async Task Clean_up_is_its_owners()
    {
        var time = new DrivenTime();
        await using var cache = CacheManager.Create(Options().SetMaxAge(TimeSpan.FromHours(1)), new CacheDependencies { TimeProvider = time });
        await RunAsync(cache, "1", jobId: null);

        time.Advance(TimeSpan.FromHours(3));
        (await cache.GetStatisticsAsync()).Sources.Entries.Should().Be(1, "nobody looks");

        (await cache.CleanupAsync()).ExpiredEntries.Should().Be(2);
        (await cache.GetStatisticsAsync()).Sources.Entries.Should().Be(0);
    }

    [Fact]
    public async Task Every_kind_of_event_is_told_to_a_policy()
    {
        var policy = new Listening();
        var time = new DrivenTime();
        await using (var cache = CacheManager.Create(
            Options(policy.Name).SetMaxSize(1_000_000).SetMinFreeSpace(0).SetMinFreeInodes(64), new CacheDependencies { TimeProvider = time, Policies = [policy] }))
        {
            await RunAsync(cache, "1");
            time.Advance(TimeSpan.FromMinutes(10));
            await using (await cache.Uploads.OpenAsync(new UploadRequest("job", Path.Combine(_root, "1"))))
            {
            }

            await cache.ExpectRetryAsync("job", time.GetUtcNow().AddMinutes(1));
            await cache.CompleteJobAsync("job");
            await RunAsync(cache, "2", jobId: "other");
            await cache.AbandonJobAsync("other");

            // Of the next videos, each of another content, only some fit.
            for (var i = 0; i < 40; i++)
            {
                var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000, i + 10)), cache);
                await downloader.DownloadAsync(new DownloadRequest($"http://example.test/{i}.mp4", Path.Combine(_root, $"more-{i}.mp4")));
                await cache.FlushAsync();
            }
        }

        policy.Heard.Should().BeEquivalentTo(Enum.GetValues<CacheEventKind>());
    }

    [Fact]
    public async Task Job_that_takes_the_interface_runs_against_a_fake()
    {
        var fake = new FakeCache();

        var encoded = await EncodeMissingAsync(fake, _encoder);

        encoded.Should().Equal("480p");
        fake.Completed.Should().Equal("job");
    }

    /// <summary>A job as a worker writes it: it knows the interface only.</summary>
    private static async Task<List<string>> EncodeMissingAsync(ICacheManager cache, IProfileEncoder encoder)
    {
        var encoded = new List<string>();
        await using var plan = await cache.PlanAsync(new DownloadRequest("u", "d") { JobId = "job" }, [new EncodingProfile("720p"), new EncodingProfile("480p")], encoder);
        foreach (var profile in plan.Missing)
        {
            encoded.Add((await plan.EncodeAsync(profile, "out", static _ => Task.FromResult(new DownloadedVideo("d", 1)))).Name);
        }

        await cache.CompleteJobAsync("job");
        return encoded;
    }

    private CacheOptions Options(string? policy = null) => new() { Directory = Path.Combine(_root, "cache"), EvictionPolicy = policy };

    private async Task<(CacheOutcome Source, CacheOutcome Profile)> RunAsync(string attempt)
    {
        await using var cache = CacheManager.Create(Options());
        return await RunAsync(cache, attempt);
    }

    private async Task<(CacheOutcome Source, CacheOutcome Profile)> RunAsync(CacheManager cache, string attempt, string? jobId = "job")
    {
        var video = await new CachingVideoDownloader(_downloader, cache)
            .DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, attempt + ".mp4")) { JobId = jobId });
        var profile = await new CachingProfileEncoder(_encoder, cache)
            .EncodeAsync(new EncodeRequest(video, TestJob.Profile, Path.Combine(_root, attempt)) { JobId = jobId });
        await cache.FlushAsync();
        return (video.Outcome, profile.Outcome);
    }

    private sealed class Listening : IEvictionPolicy
    {
        private readonly HashSet<CacheEventKind> _heard = [];

        public string Name => "listening";

        public IReadOnlyCollection<CacheEventKind> Heard => _heard;

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();

        public void Observe(in CacheEvent cacheEvent) => _heard.Add(cacheEvent.Kind);
    }

    private sealed class FakeCache : ICacheManager
    {
        public ValueTask<PrefetchTicket> PrefetchAsync(PrefetchRequest request, CancellationToken cancellationToken = default) => new(new PrefetchTicket(Task.FromResult(PrefetchOutcome.Stored)));

        public List<string> Completed { get; } = [];

        public ICacheRemote Remote => throw new NotSupportedException();

        public ISourceCache Sources => throw new NotSupportedException();

        public IProfileCache Profiles => throw new NotSupportedException();

        public IUploadStateStore Uploads => throw new NotSupportedException();

        public Task<JobPlan> PlanAsync(DownloadRequest request, IReadOnlyList<EncodingProfile> profiles, IProfileEncoder encoder, CancellationToken cancellationToken = default) =>
            Task.FromResult<JobPlan>(new FakePlan(profiles));

        public ValueTask CompleteJobAsync(string jobId, CancellationToken cancellationToken = default)
        {
            Completed.Add(jobId);
            return ValueTask.CompletedTask;
        }

        public ValueTask<SourceMedia?> TryGetMediaAsync(DownloadRequest request, CancellationToken cancellationToken = default) => ValueTask.FromResult<SourceMedia?>(null);

        public ValueTask<bool> RejectSourceAsync(DownloadedVideo video, string reason, CancellationToken cancellationToken = default) => ValueTask.FromResult(false);

        public ValueTask<bool> RejectContentAsync(string contentHash, string reason, CancellationToken cancellationToken = default) => ValueTask.FromResult(false);

        public ValueTask AbandonJobAsync(string jobId, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public Task<int> RemoveBySourceAsync(string contentHash, CancellationToken cancellationToken = default) => Task.FromResult(0);

        public Task<bool> RemoveEntryAsync(EntryKind kind, string name, CancellationToken cancellationToken = default) => Task.FromResult(false);

        public Task<int> RemoveByScopeAsync(string scope, CancellationToken cancellationToken = default) => Task.FromResult(0);

        public Task<CleanupReport> CleanupAsync(CancellationToken cancellationToken = default) => Task.FromResult(new CleanupReport());

        public Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default) => Task.FromResult(new VerifyReport());

        public Task<VerifyReport> VerifyEntryAsync(EntryKind kind, string entry, CancellationToken cancellationToken = default) => Task.FromResult(new VerifyReport());

        public Task<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(new CacheStatistics { Sources = new(), Profiles = new(), Uploads = new() });

        public CacheState GetState() => new();

        public Task<int> ClearAsync(CancellationToken cancellationToken = default) => Task.FromResult(0);

        public Task<int> ClearLayerAsync(EntryKind kind, CancellationToken cancellationToken = default) => Task.FromResult(0);

        public Task FlushAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class FakePlan(IReadOnlyList<EncodingProfile> profiles) : JobPlan
    {
        public override SourceMedia? Media => null;

        public override bool IsSourceCached => false;

        public override IReadOnlyList<EncodingProfile> Cached => [profiles[0]];

        public override IReadOnlyList<EncodingProfile> Missing => [profiles[1]];

        public override Task<EncodedProfile> EncodeAsync(
            EncodingProfile profile, string outputDirectory, Func<CancellationToken, Task<DownloadedVideo>> fetchSource, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new EncodedProfile { Name = profile.Name, Directory = outputDirectory, Playlist = "index.m3u8" });

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
