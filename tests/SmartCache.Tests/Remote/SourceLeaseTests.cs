using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One download at a time over hosts, where each source is shared at once; and nobody waits for what will not come.</summary>
public class SourceLeaseTests
{
    private readonly TaskCompletionSource _inside = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Two_hosts_that_want_the_same_video_download_it_once()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, All);
        await using var second = new Host(store, All);
        Hold(first);
        var downloading = first.Job.DownloadAsync();
        await _inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");

        var waiting = second.Job.Downloader.DownloadAsync(second.Job.Request(), reports);
        (await Task.WhenAny(reports.Seen, waiting)).Should().NotBeSameAs(waiting, "the first host is at it");
        _goOn.SetResult();
        await downloading.Guarded();
        var joined = await waiting.Guarded();

        (first.Downloads, second.Downloads).Should().Be((1, 0));
        (await File.ReadAllBytesAsync(joined.Path)).Should().Equal(Host.Video);
        second.Cache.Log.Of(100).Should().ContainSingle().Which.Should().Contain("from remote");
    }

    [Fact]
    public async Task Where_sources_must_be_proven_first_nobody_waits_for_one()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await using var second = new Host(store);
        Hold(first);
        var downloading = first.Job.DownloadAsync();
        await _inside.Task.Guarded();

        await second.Job.DownloadAsync().Guarded();
        _goOn.SetResult();
        await downloading.Guarded();

        (first.Downloads, second.Downloads).Should().Be((1, 1));
        store.Names.Should().NotContain(static name => name.Contains("/work/"), "no lease is asked for");
    }

    [Fact]
    public async Task Download_that_is_not_accepted_lets_the_next_host_begin_at_once()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, All, video: []);
        await using var second = new Host(store, All);
        Hold(first);
        var downloading = first.Job.DownloadAsync();
        await _inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");
        var waiting = second.Job.Downloader.DownloadAsync(second.Job.Request(), reports);
        await reports.Seen;

        _goOn.SetResult();
        await downloading.Guarded();
        await waiting.Guarded();

        second.Downloads.Should().Be(1);
    }

    [Fact]
    public async Task Download_that_fails_lets_the_next_host_begin_at_once()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, All);
        await using var second = new Host(store, All);
        Hold(first, static () => throw new StageException("the origin hung up") { IsTransient = true });
        var downloading = first.Job.DownloadAsync();
        await _inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");
        var waiting = second.Job.Downloader.DownloadAsync(second.Job.Request(), reports);
        await reports.Seen;

        _goOn.SetResult();
        await FluentActions.Awaiting(() => downloading).Should().ThrowAsync<StageException>();
        await waiting.Guarded();

        second.Downloads.Should().Be(1);
    }

    [Fact]
    public async Task Profile_that_is_not_stored_lets_the_next_host_begin_at_once()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, All, static settings => settings with { MaxSize = 100_000 });
        await using var second = new Host(store, All);
        var video = await first.Job.DownloadAsync();
        var same = await second.Job.DownloadAsync();
        first.Job.InnerEncoder.SegmentBytes = 50_000;
        first.Job.InnerEncoder.Before = (_, _) => HoldAsync();
        var making = first.Job.EncodeAsync(video);
        await _inside.Task.Guarded();
        var reports = new ProgressSignal("waiting");
        var waiting = second.Job.Encoder.EncodeAsync(new EncodeRequest(same, TestJob.Profile, second.Cache.WorkPath("out")) { JobId = "job-2" }, reports);
        await reports.Seen;

        _goOn.SetResult();
        await making.Guarded();
        await waiting.Guarded();

        (first.Encodes, second.Encodes).Should().Be((1, 1));
        first.Cache.Entries("profiles").Should().BeEmpty("it alone is more than MaxSize");
    }

    private static RemoteSettings All(RemoteSettings remote) => remote with { Sources = RemoteSources.All };

    private void Hold(Host host, Action? then = null) => host.Job.InnerDownloader.Before = async _ =>
    {
        await HoldAsync();
        then?.Invoke();
    };

    private async Task HoldAsync()
    {
        _inside.TrySetResult();
        await _goOn.Task;
    }
}
