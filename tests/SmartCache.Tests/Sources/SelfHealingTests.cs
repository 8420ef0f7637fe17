using SmartCache.Abstractions;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Storage;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Sources;

/// <summary>A retry must never be worse off than without a cache, also where a bad source got in.</summary>
public class SelfHealingTests
{
    private static readonly byte[] Whole = Bytes.Random(50_000);
    private static readonly byte[] Truncated = Whole[..30_000];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Truncated_video_whose_encode_fails_is_dropped_and_the_next_attempt_recovers(bool failingAttemptHits)
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = NewJob(cache);
        if (failingAttemptHits)
        {
            await job.DownloadAsync();
        }

        var bad = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(bad)).Should().ThrowAsync<InvalidOperationException>();
        var good = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(good);

        bad.Outcome.Should().Be(failingAttemptHits ? CacheOutcome.Hit : CacheOutcome.Miss);
        good.Outcome.Should().Be(CacheOutcome.Miss);
        Bytes.Sha256OfFile(good.Path).Should().Be(Bytes.Sha256(Whole));
        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Truncated_video_whose_encode_comes_out_short_is_dropped_with_its_facts()
    {
        await using var cache = new TestCache(probe: new FakeProbe { Duration = TimeSpan.FromSeconds(20) });
        var job = new TestJob(cache, new FakeDownloader(Truncated), new FakeEncoder { Duration = TimeSpan.FromSeconds(12), ExpectedDuration = null });

        var encoded = await job.EncodeAsync(await job.DownloadAsync());

        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        cache.Entries("profiles").Should().BeEmpty();
        cache.Entries("sources").Should().BeEmpty();
        (await cache.Manager.TryGetMediaAsync(job.Request())).Should().BeNull();
        cache.Log.Of(106).Should().ContainSingle();
    }

    /// <summary>Its worker was killed before it had read the source again, and whoever is given it next cannot, because somebody just looks whether it may be removed.</summary>
    [Fact]
    public async Task Suspected_source_that_cannot_be_read_again_just_now_is_given_to_nobody()
    {
        var busy = new EntryThatIsBusyOnce();
        await using var cache = new TestCache(probe: new FakeProbe(), fileSystem: busy);
        var job = new TestJob(cache, new FakeDownloader(Whole));
        File.Delete((await job.DownloadAsync()).Path);
        cache.Manager.SourceStore.Catalog.Learn(Bytes.Sha256(Whole), Whole.Length, static known => known with { Proven = true, Suspected = true });
        Spoil.Silently(cache.Entries("sources").Single());
        busy.Times = 1;

        var video = await job.DownloadAsync();

        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Whole), "{0}", video.Outcome);
        busy.Times.Should().BeLessThan(1);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
    }

    private sealed class EntryThatIsBusyOnce : ForwardingFileSystem
    {
        private int _times;

        public int Times
        {
            get => Volatile.Read(ref _times);
            set => Volatile.Write(ref _times, value);
        }

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
            Path.GetFileName(path).StartsWith(OwnNames.EntryLock, StringComparison.Ordinal) && Interlocked.Decrement(ref _times) >= 0 ? null : base.TryLock(path, exclusive, mode);
    }

    [Fact]
    public async Task Source_that_is_rejected_while_it_is_still_being_saved_does_not_come_back()
    {
        var probe = new FakeProbe();
        await using var cache = new TestCache(probe: probe);
        var store = cache.Manager.SourceStore;
        var source = await TestJob.SourceAsync(cache);
        var request = new DownloadRequest(TestJob.Url, source.Path);
        using var intake = new SourceIntake(store, SourceKey.From(request), source.Path, DateTimeOffset.UtcNow);
        (await intake.TakeAsync(CancellationToken.None)).Should().BeTrue();

        // The hash is known before the entry is published, and who knows it may reject it in between.
        bool? removed = null;
        probe.Before = _ => removed = store.Remove(Bytes.Sha256OfFile(source.Path), "bad");
        using var lease = await intake.StoreAsync(CancellationToken.None);

        removed.Should().BeFalse("nothing was published yet");
        (await intake.Media).Media.Should().NotBeNull();
        lease.Should().BeNull();
        cache.Entries("sources").Should().BeEmpty();
        (await cache.Manager.TryGetMediaAsync(request)).Should().BeNull();
        cache.Log.Of(105).Should().BeEmpty("it was never there, not even for a moment in which the power could go");
    }

    [Fact]
    public async Task Proven_source_is_kept_after_a_failing_encode_when_its_bytes_are_right()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Whole));
        await job.EncodeAsync(await job.DownloadAsync());
        job.InnerEncoder.Before = static (_, _) => throw new InvalidOperationException("no licence for this codec");

        var again = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(again, new EncodingProfile("480p"), CacheUse.Refresh)).Should().ThrowAsync<InvalidOperationException>();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(107).Should().ContainSingle();
    }

    [Fact]
    public async Task Proven_source_is_quarantined_after_a_failing_encode_when_its_bytes_were_spoilt()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Whole));
        await job.EncodeAsync(await job.DownloadAsync());
        job.InnerEncoder.Before = static (_, _) => throw new InvalidOperationException("invalid data");
        Spoil.Silently(cache.Entries("sources").Single());

        var again = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(again, use: CacheUse.Refresh)).Should().ThrowAsync<InvalidOperationException>();
        await cache.Manager.FlushAsync();
        var fresh = await job.DownloadAsync();

        again.Outcome.Should().Be(CacheOutcome.Hit);
        fresh.Outcome.Should().Be(CacheOutcome.Miss);
        Bytes.Sha256OfFile(fresh.Path).Should().Be(Bytes.Sha256(Whole));
        Directory.GetDirectories(Path.Combine(cache.Settings.Root, "sources", "quarantine")).Should().ContainSingle();
    }

    [Fact]
    [Trait("Found", "M12e")]
    public async Task Failing_encode_comes_back_before_its_proven_source_was_read_again_and_the_next_look_up_reads_it()
    {
        await using var before = new TestCache();
        var first = new TestJob(before, new FakeDownloader(Whole));
        await first.EncodeAsync(await first.DownloadAsync());
        using var gate = new HashingGate();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMinutes(10) }, time: gate, root: before.Root);
        var job = new TestJob(cache, new FakeDownloader(Whole), new FakeEncoder { Before = static (_, _) => throw new InvalidOperationException("no licence for this codec") });
        var source = await job.Downloader.DownloadAsync(job.Request());

        var request = new EncodeRequest(source, new EncodingProfile("480p"), cache.WorkPath("out"));
        await job.Encoder.Awaiting(it => it.EncodeAsync(request)).Should().ThrowAsync<InvalidOperationException>();

        cache.Log.Of(107).Should().BeEmpty("it is not read yet");
        await gate.Reached;
        before.Manager.SourceStore.Catalog.Facts(Bytes.Sha256(Whole))!.Suspected.Should().BeTrue("whoever looks it up meanwhile reads it itself");
        Spoil.Silently(cache.Entries("sources").Single());
        (await first.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
        gate.Open();
        await cache.Manager.FlushAsync();
    }

    [Fact]
    public async Task Cancelled_encode_drops_nothing()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Whole));
        using var cancellation = new CancellationTokenSource();
        job.InnerEncoder.Before = (_, token) =>
        {
            cancellation.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        };

        var video = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(video, cancellationToken: cancellation.Token)).Should().ThrowAsync<OperationCanceledException>();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Failing_encode_drops_its_source_also_while_the_profile_layer_is_off()
    {
        await using var cache = new TestCache(static settings => settings with { ProfilesMode = LayerMode.Off });
        var job = NewJob(cache);

        var bad = await job.DownloadAsync();
        await job.Awaiting(it => it.EncodeAsync(bad)).Should().ThrowAsync<InvalidOperationException>();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Job_cancelled_while_its_failed_source_is_still_hashed_comes_back_at_once_and_the_source_is_dropped_all_the_same()
    {
        using var mayProbe = new ManualResetEventSlim();
        var probe = new FakeProbe { Before = token => mayProbe.Wait(token) };

        // A clock that stands: what has 30 s does not come back by itself.
        await using var cache = new TestCache(static settings => settings with { ProfilesMode = LayerMode.Off }, probe, new DrivenTime());
        var job = NewJob(cache);
        var bad = await job.Downloader.DownloadAsync(job.Request());
        using var cancellation = new CancellationTokenSource();
        var encode = job.Encoder.EncodeAsync(new EncodeRequest(bad, TestJob.Profile, cache.WorkPath("out")), null, cancellation.Token);
        encode.IsCompleted.Should().BeFalse("the hash is not known yet");

        await cancellation.CancelAsync();

        try
        {
            await encode.Awaiting(it => it.Guarded()).Should().ThrowAsync<InvalidOperationException>("that is how it failed");
        }
        finally
        {
            mayProbe.Set();
        }

        await cache.Manager.FlushAsync().Guarded();
        cache.Entries("sources").Should().BeEmpty();
        cache.Log.Of(106).Should().ContainSingle();
    }

    [Fact]
    public async Task Failing_encode_drops_its_source_also_where_it_could_not_be_described()
    {
        await using var cache = new TestCache();
        var job = NewJob(cache);
        var encoder = new CachingProfileEncoder(new SpeechlessEncoder(job.InnerEncoder), cache.Manager);

        var bad = await job.DownloadAsync();
        await encoder.Awaiting(it => it.EncodeAsync(new EncodeRequest(bad, TestJob.Profile, cache.WorkPath("out")))).Should().ThrowAsync<InvalidOperationException>();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
        cache.Log.Of(204).Should().ContainSingle();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Encode_that_was_ended_from_outside_costs_no_source(bool isDescribed)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Whole));
        var inner = new FakeEncoder { Before = static (_, _) => throw new StageException("ffmpeg was ended from outside") { IsTransient = true } };
        var encoder = new CachingProfileEncoder(isDescribed ? inner : new SpeechlessEncoder(inner), cache.Manager);

        var video = await job.DownloadAsync();
        await encoder.Awaiting(it => it.EncodeAsync(new EncodeRequest(video, TestJob.Profile, cache.WorkPath("out")))).Should().ThrowAsync<StageException>();
        await cache.Manager.FlushAsync();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(106).Should().BeEmpty();
    }

    [Fact]
    public async Task Source_whose_encodes_are_ended_from_outside_each_time_is_dropped_in_the_end()
    {
        var time = new ShiftedTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Whole), new FakeEncoder { Before = static (_, _) => throw new StageException("out of memory") { IsTransient = true } });
        for (var attempt = 0; attempt < 7; attempt++)
        {
            // Two at a time are one event.
            time.Shift = TimeSpan.FromMinutes(10 * (attempt / 2));
            var video = await job.DownloadAsync();
            cache.Log.Of(106).Should().BeEmpty();
            await job.Awaiting(it => it.EncodeAsync(video)).Should().ThrowAsync<StageException>();
            await cache.Manager.FlushAsync();
        }

        cache.Log.Of(106).Should().ContainSingle();
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Encoder_that_cannot_describe_still_encodes()
    {
        await using var cache = new TestCache();
        var source = await TestJob.SourceAsync(cache);
        var inner = new FakeEncoder();
        var encoder = new CachingProfileEncoder(new SpeechlessEncoder(inner), cache.Manager);

        var encoded = await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("out")));

        encoded.Outcome.Should().Be(CacheOutcome.Bypass);
        inner.Calls.Should().Be(1);
    }

    [Fact]
    public async Task Source_that_the_worker_rejects_is_downloaded_again()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Whole));
        var video = await job.DownloadAsync();

        (await cache.Manager.RejectSourceAsync(video, "black picture")).Should().BeTrue();
        (await cache.Manager.RejectSourceAsync(video, "black picture")).Should().BeFalse();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    /// <summary>The first download is truncated; the encoder fails on what is.</summary>
    private static TestJob NewJob(TestCache cache)
    {
        var truncated = true;
        var encoder = new FakeEncoder
        {
            Before = static (request, _) => new FileInfo(request.Source.Path).Length < Whole.Length
                ? throw new InvalidOperationException("invalid data found when processing input")
                : Task.CompletedTask,
        };
        return new TestJob(
            cache,
            new FakeDownloader(_ =>
            {
                var bytes = truncated ? Truncated : Whole;
                truncated = false;
                return bytes;
            }),
            encoder);
    }

    private sealed class SpeechlessEncoder(IProfileEncoder inner) : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.EncodeAsync(request, progress, cancellationToken);
    }
}
