using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>A download ahead makes way for the transfers of jobs, and goes on from where it was.</summary>
public class PrefetchPauseTests
{
    private const int Length = 40_000;
    private static readonly string _url = AheadCache.Url(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_read_while_a_job_downloads_and_the_rest_afterwards(bool keepsPartials)
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.KeepsPartials = keepsPartials;
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var own = cache.Own.Hold(AheadCache.Url(2));

        var job = Task.Run(() => cache.DownloadAsync(2));
        await cache.Own.BegunAsync(AheadCache.Url(2));
        await EndedAsync(cache, 1);
        cache.Ahead.Release(_url);
        time.Advance(TimeSpan.FromSeconds(30));
        cache.Ahead.ReadOf(_url).Should().Be(Length / 2, "a job downloads");
        own.SetResult();
        await job.Guarded();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        cache.Ahead.ReadOf(_url).Should().Be(keepsPartials ? Length : Length + (Length / 2));
        (await cache.BooksAsync()).PausedTime.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Prefetched);
    }

    [Fact]
    public async Task Rate_that_is_set_meanwhile_holds_from_then_on()
    {
        var (time, rate) = (new DrivenTime(), 0L);
        var paced = new SmartCache.Prefetch.PacedProgress(null, time, () => Volatile.Read(ref rate), long.MaxValue, static _ => { }, CancellationToken.None);
        paced.Report(new StageProgress("download") { Bytes = 0 });
        paced.Report(new StageProgress("download") { Bytes = 1_000_000 });
        Volatile.Write(ref rate, 1000);

        // The clock stands: for what came before, it would wait for as long.
        await Task.Run(() => paced.Report(new StageProgress("download") { Bytes = 1_000_001 })).Guarded();

        paced.Waited.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public async Task Upload_of_a_job_stops_it_where_both_share_a_link()
    {
        await using var cache = new AheadCache(static settings => settings with { PrefetchDuringTransfers = DuringTransfers.Pause });
        cache.Ahead.Hold(_url);
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var uploader = new WaitingUploader();

        var upload = new ResumingIpfsUploader(uploader, cache.Manager).UploadAsync(new UploadRequest("job-9", Directory.CreateDirectory(cache.Cache.WorkPath("out")).FullName));
        await EndedAsync(cache, 1);
        cache.Ahead.Release(_url);
        cache.Ahead.ReadOf(_url).Should().Be(Length / 2);
        uploader.MayEnd.SetResult();
        await upload.Guarded();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Upload_of_a_job_goes_the_other_way_and_stops_nothing()
    {
        await using var cache = new AheadCache();
        var gate = cache.Ahead.Hold(_url);
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var uploader = new WaitingUploader();

        var upload = new ResumingIpfsUploader(uploader, cache.Manager).UploadAsync(new UploadRequest("job-9", Directory.CreateDirectory(cache.Cache.WorkPath("out")).FullName));
        cache.Cache.Layer().Stages.Uploads.Should().BeTrue();
        gate.SetResult();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored, "it does not wait for the end of the upload");
        cache.Ahead.Cancelled.Should().Be(0);
        (await cache.FetchAsync(2)).Should().Be(PrefetchOutcome.Stored, "and another one may begin");
        uploader.MayEnd.SetResult();
        await upload.Guarded();
    }

    [Fact]
    public async Task Hit_of_a_job_stops_nothing()
    {
        await using var cache = new AheadCache();
        await cache.DownloadAsync(2);
        var gate = cache.Ahead.Hold(_url);
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);

        (await cache.DownloadAsync(2)).Should().Be(CacheOutcome.Hit);
        gate.SetResult();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        cache.Ahead.Cancelled.Should().Be(0);
    }

    [Fact]
    public async Task Shared_link_is_shared()
    {
        await using var cache = new AheadCache(static settings => settings with { PrefetchDuringTransfers = DuringTransfers.Share });
        var gate = cache.Ahead.Hold(_url);
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);

        (await cache.DownloadAsync(2)).Should().Be(CacheOutcome.Miss);
        gate.SetResult();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        cache.Ahead.Cancelled.Should().Be(0);
    }

    [Fact]
    public async Task Six_jobs_take_little_more_than_their_encodes()
    {
        const int jobs = 6;
        var second = TimeSpan.FromSeconds(1);
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        var (began, taken) = (time.GetUtcNow(), (Func<int>)(() => cache.Ahead.Order.Count));
        cache.Own.Takes = (_, token) => Task.Delay(second, time, token);
        cache.Ahead.Takes = (_, token) => Task.Delay(second, time, token);
        var tickets = new List<PrefetchTicket>();

        for (var number = 0; number < jobs; number++)
        {
            while (tickets.Count < Math.Min(number + 2, jobs - 1))
            {
                tickets.Add(await cache.AnnounceAsync(tickets.Count + 1));
            }

            if (number == 0)
            {
                // Its own download, for which those that are announced wait.
                var download = Task.Run(() => cache.DownloadAsync(0));
                await cache.Own.BegunAsync(AheadCache.Url(0));
                await EndedAsync(cache, cancelled: null);
                time.Advance(second);
                (await download.Guarded()).Should().Be(CacheOutcome.Miss);
            }
            else
            {
                await tickets[number - 1].Completion.Guarded();
                (await cache.DownloadAsync(number)).Should().Be(CacheOutcome.Prefetched);
            }

            // The encode, beside which the next source comes.
            if (number + 1 < jobs && !tickets[number].Completion.IsCompleted)
            {
                await cache.Ahead.BegunAsync(AheadCache.Url(number + 1));
                await time.WaiterAsync(second);
            }

            time.Advance(second);
        }

        var without = 2 * jobs * second;
        (time.GetUtcNow() - began).Should().BeLessThanOrEqualTo(0.62 * without).And.BeGreaterThanOrEqualTo(7 * second);
        (await cache.BooksAsync()).HiddenTime.Should().Be((jobs - 1) * second);
        taken().Should().BeGreaterThanOrEqualTo(jobs - 1);
    }

    // The downloader has seen that its caller ended it: nothing more is read.
    private static async Task EndedAsync(AheadCache cache, int? cancelled)
    {
        while (cancelled is { } count ? Volatile.Read(ref cache.Ahead.Cancelled) < count : cache.Manager.Prefetcher.Running.Count > 0)
        {
            await Task.Yield();
        }
    }

    private sealed class WaitingUploader : IIpfsUploader
    {
        public TaskCompletionSource MayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            await MayEnd.Task.WaitAsync(cancellationToken);
            return new UploadResult("cid");
        }
    }
}
