using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What is sent to the store makes way for what a job uploads: it leaves by the same line.</summary>
public class WayForUploadsTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Fact]
    public async Task While_a_job_uploads_nothing_is_begun_for_ten_minutes_at_most()
    {
        await using var host = NewHost();
        await using var session = await UploadAsync(host);
        await host.WorkAsync();
        _time.Advance(TimeSpan.FromMinutes(9));
        await host.Cache.Manager.FlushAsync();
        (Puts(), host.Outbox().Length).Should().Be((0, 2));

        _time.Advance(TimeSpan.FromMinutes(1));
        await host.Cache.Manager.FlushAsync();

        host.Outbox().Should().BeEmpty("uploads without an end must not keep the others from it");
    }

    [Fact]
    public async Task What_waited_goes_out_when_the_upload_has_ended()
    {
        await using var host = NewHost();
        await using (await UploadAsync(host))
        {
            await host.WorkAsync();
        }

        await host.Cache.Manager.FlushAsync();

        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Transfer_that_has_begun_is_held_up_and_never_for_so_long_that_the_engine_cuts_it()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = async (operation, name) =>
        {
            if (operation == "put" && name.Contains("/v1/sources/"))
            {
                inside.TrySetResult();
                await goOn.Task;
            }
        };
        _store.Received = name =>
        {
            _ = name.Contains("/v1/sources/") && arrived.TrySetResult();
            return Task.CompletedTask;
        };
        await using var host = NewHost();
        await host.Job.Downloader.DownloadAsync(host.Job.Request());
        await inside.Task.Guarded();
        await using var session = await UploadAsync(host);
        goOn.SetResult();

        await _time.WaiterAsync(TimeSpan.FromSeconds(1));
        arrived.Task.IsCompleted.Should().BeFalse();
        var seconds = 0;
        while (!arrived.Task.IsCompleted)
        {
            await Task.WhenAny(arrived.Task, _time.WaiterAsync(TimeSpan.FromSeconds(1)));
            _time.Advance(TimeSpan.FromSeconds(1));
            seconds++;
        }

        // It is read twice: the head of the pack, and its one file.
        seconds.Should().BeInRange(10, 12);
        await host.Cache.Manager.FlushAsync();
    }

    private Host NewHost() => new(
        _store,
        static remote => Patient.Remote(remote) with { Sources = RemoteSources.All, Coordinate = false, Confirmations = false },
        static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) },
        _time);

    private int Puts() => _store.Count("put");

    private static async Task<IUploadSession> UploadAsync(Host host) =>
        await host.Cache.Manager.Uploads.OpenAsync(new UploadRequest("job-9", Directory.CreateDirectory(host.Cache.WorkPath("tree")).FullName));
}
