using SmartCache.Configuration;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A store that is busy with many bytes, and shows nothing of that, gets the time it needs.</summary>
public class BusyStoreTests
{
    private static readonly byte[] _large = Bytes.Random(65 << 20);

    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Upload_whose_bytes_have_all_come_is_not_given_up_after_StallTimeout()
    {
        _store.Received = name => name.Contains("/v1/sources/") ? HoldAsync() : Task.CompletedTask;
        await using var host = NewHost();
        await host.Job.Downloader.DownloadAsync(host.Job.Request());
        await _reached.Task.Guarded();

        _time.Advance(TimeSpan.FromSeconds(12));
        _goOn.SetResult();
        await host.Cache.Manager.FlushAsync();

        host.Outbox().Should().BeEmpty();
        host.Cache.Log.Of(1001).Should().BeEmpty();
    }

    [Fact]
    public async Task Renewal_that_does_not_end_is_given_up_and_nothing_is_sent_again()
    {
        await using (var first = NewHost())
        {
            await first.Job.DownloadAsync();
        }

        _store.Before = (operation, _) => operation == "touch" ? HoldAsync() : Task.CompletedTask;
        await using var second = NewHost(static remote => remote with { Mode = RemoteMode.WriteOnly });
        await second.Job.Downloader.DownloadAsync(second.Job.Request());
        await _reached.Task.Guarded();

        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return second.Outbox().Length == 0;
        });

        _store.Requests.Count(static one => one.StartsWith("put ") && one.Contains("/v1/sources/")).Should().Be(1, "only the first host had to send it");
        second.Cache.Log.Of(1001).Should().BeEmpty();
        _goOn.SetResult();
    }

    [Fact]
    public async Task Rate_that_holds_a_transfer_up_for_longer_than_StallTimeout_is_no_standstill()
    {
        using var guard = new StallGuard(TimeSpan.FromSeconds(10), _time, CancellationToken.None);
        var pace = new Pace(static () => 1000, _time);

        var wait = pace.TakeAsync(50_000, guard, TimeSpan.FromSeconds(10), guard.Token);
        _time.Advance(TimeSpan.FromSeconds(49));
        guard.HasStalled.Should().BeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        await wait.Guarded();
    }

    [Fact]
    public async Task Store_that_hangs_is_not_asked_again_before_the_last_question_came_back()
    {
        var hang = new TaskCompletionSource();
        _store.Hangs = hang;
        await using var host = new Host(_store, static settings => settings with { Mode = RemoteMode.ReadOnly }, static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, _time);
        var work = host.Job.DownloadAsync();
        await Until.TrueAsync(() => _store.Count("get") > 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        await work.Guarded();

        var rounds = 0;
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return ++rounds == 100;
        });

        _store.Count("get").Should().BeLessThanOrEqualTo(2, "each holds a thread");
        hang.SetResult();
    }

    private Host NewHost(Func<RemoteSettings, RemoteSettings>? remote = null) => new(
        _store,
        settings => (remote ?? (static one => one))(settings with { Sources = RemoteSources.All, Coordinate = false, LookupTimeout = TimeSpan.FromDays(1) }),
        static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) },
        _time,
        video: _large);

    private async Task HoldAsync()
    {
        _reached.TrySetResult();
        await _goOn.Task;
    }
}
