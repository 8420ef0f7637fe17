using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>The tier is switched off live: what runs ends, and what waits goes on.</summary>
public class SwitchedOffTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Fact]
    public async Task Adaptor_is_made_before_the_first_job_and_asked_nothing_unless_the_tier_is_off()
    {
        await using var host = new Host(_store);
        await using var off = new Host(_store, static remote => remote with { Mode = RemoteMode.Off });

        await Until.TrueAsync(() => host.Cache.Log.Of(1000).Any());

        off.Cache.Log.Of(1000).Should().BeEmpty();
        _store.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData(RemoteMode.Off)]
    [InlineData(RemoteMode.ReadOnly)]
    public async Task What_is_being_sent_is_cut_off_and_the_rest_is_not_begun(RemoteMode mode)
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = async (operation, _) =>
        {
            if (operation == "put")
            {
                inside.TrySetResult();
                await goOn.Task;
            }
        };
        await using var host = new Host(_store, static remote => Patient.Remote(remote) with { Uploads = 1, Coordinate = false }, time: _time);
        var video = await host.Job.Downloader.DownloadAsync(host.Job.Request());
        await host.Job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, host.Cache.WorkPath("out")) { JobId = "job-1" });
        await inside.Task.Guarded();
        await Until.TrueAsync(() => host.Outbox().Length == 2);

        SwitchTo(host, mode);
        goOn.SetResult();
        await host.Cache.Manager.FlushAsync();

        _store.Count("put").Should().Be(1);
        _store.Names.Should().BeEmpty();
        host.Outbox().Should().HaveCount(2, "it goes out when the tier is on again");
        host.Cache.Log.Of(1001).Should().BeEmpty("the store is well");
    }

    [Theory]
    [InlineData(RemoteMode.Off)]
    [InlineData(RemoteMode.ReadOnly)]
    public async Task Job_that_waits_for_another_host_works_itself(RemoteMode mode)
    {
        await using var host = new Host(_store, Patient.Remote, static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, _time, leases: new OthersLeases());
        var video = await host.Job.DownloadAsync();
        var reports = new ProgressSignal("waiting: encode");
        var work = host.Job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, host.Cache.WorkPath("out")) { JobId = "job-1" }, reports);
        await reports.Seen;

        SwitchTo(host, mode);
        for (var rounds = 0; rounds < 5 && !work.IsCompleted; rounds++)
        {
            await Task.WhenAny(work, _time.WaiterAsync(TimeSpan.FromSeconds(20)));
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        await Task.WhenAny(work, _time.WaiterAsync(TimeSpan.FromSeconds(20)));
        work.IsCompleted.Should().BeTrue();
        host.Encodes.Should().Be(1);
    }

    private static void SwitchTo(Host host, RemoteMode mode) => host.Cache.Settings = host.Cache.Settings with { Remote = host.Cache.Settings.Remote with { Mode = mode } };

    private sealed class OthersLeases : IWorkLeases
    {
        private int _signs;

        public ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default) => new((IWorkLease?)null);

        public ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default) =>
            new(new WorkSign { Sign = $"{Interlocked.Increment(ref _signs)}", Progress = new StageProgress("encode") });
    }
}
