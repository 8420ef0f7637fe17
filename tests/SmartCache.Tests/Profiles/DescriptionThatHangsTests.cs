using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

/// <summary>Without the cache nobody calls <c>DescribeAsync</c>: one that does not come back must not hang the job.</summary>
public class DescriptionThatHangsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Profile_whose_description_hangs_is_encoded_without_the_cache(bool blocksItsThread)
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        using var encoder = new HangingEncoder(blocksItsThread);
        var source = await TestJob.SourceAsync(cache);

        var encode = new CachingProfileEncoder(encoder, cache.Manager).EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("out")));
        await encoder.Asked.WaitAsync().Guarded();
        time.Advance(TimeSpan.FromSeconds(31));

        (await encode.Guarded()).Outcome.Should().Be(CacheOutcome.Bypass);
        cache.Log.Of(204).Should().ContainSingle().Which.Should().Contain(nameof(TimeoutException));
    }

    [Fact]
    public async Task Plan_whose_description_hangs_has_the_profile_as_missing()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        using var encoder = new HangingEncoder(blocksItsThread: false);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();

        var planning = cache.Manager.PlanAsync(job.Request(), [TestJob.Profile], encoder);
        await encoder.Asked.WaitAsync().Guarded();
        time.Advance(TimeSpan.FromSeconds(31));
        await using var plan = await planning.Guarded();

        plan.Missing.Should().Equal(TestJob.Profile);
        cache.Log.Of(204).Should().ContainSingle();
    }

    [Fact]
    public async Task Cancelling_while_a_description_hangs_ends_the_call()
    {
        await using var cache = new TestCache();
        using var encoder = new HangingEncoder(blocksItsThread: true);
        using var cancellation = new CancellationTokenSource();
        var source = await TestJob.SourceAsync(cache);

        var encode = new CachingProfileEncoder(encoder, cache.Manager).EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("out")), null, cancellation.Token);
        await encoder.Asked.WaitAsync().Guarded();
        await cancellation.CancelAsync();

        (await encode.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
    }

    private sealed class HangingEncoder(bool blocksItsThread) : IProfileEncoder, IDisposable
    {
        private readonly FakeEncoder _inner = new();
        private readonly ManualResetEventSlim _end = new();

        public SemaphoreSlim Asked { get; } = new(0);

        public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
        {
            Asked.Release();
            if (blocksItsThread)
            {
                _end.Wait(HangGuard.Limit, CancellationToken.None);
            }
            else
            {
                await new TaskCompletionSource().Task;
            }

            throw new InvalidOperationException();
        }

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            _inner.EncodeAsync(request, progress, cancellationToken);

        // The event stays: the thread that waits for it may still look at it.
        public void Dispose() => _end.Set();
    }
}
