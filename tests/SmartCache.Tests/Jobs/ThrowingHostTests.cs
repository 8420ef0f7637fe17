using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Jobs;

/// <summary>What the host plugs in may throw: the job and its retry come out as if it had not.</summary>
[Trait("Found", "M13")]
public sealed class ThrowingHostTests : IDisposable
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly AsyncLocal<bool> IsInThisTest = new();

    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly FakeDownloader _downloader = new(Bytes.Random(50_000));
    private readonly FakeEncoder _encoder = new();
    private readonly ScriptedUploader _uploader = new(Target);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(nameof(ILogger.Log))]
    [InlineData(nameof(ILogger.IsEnabled))]
    [InlineData(nameof(ILoggerProvider.CreateLogger))]
    public async Task Logging_provider_that_throws_costs_no_job_anything(string where)
    {
        var provider = new ThrowingLoggerProvider(where);

        await RunAttemptAndRetryAsync(services => services.AddSingleton<ILoggerProvider>(provider));

        provider.Threw.Should().BePositive();
    }

    [Theory]
    [InlineData(nameof(MeterListener.InstrumentPublished))]
    [InlineData("measurement")]
    [InlineData(nameof(IMeterFactory.Create))]
    public async Task Meter_listener_that_throws_costs_no_job_anything(string where)
    {
        using var meters = new ThrowingMeters(where);

        await RunAttemptAndRetryAsync(services => services.AddSingleton<IMeterFactory>(meters));

        meters.Threw.Should().BePositive();
    }

    [Theory]
    [InlineData(nameof(ActivityListener.Sample))]
    [InlineData(nameof(ActivityListener.ActivityStarted))]
    [InlineData(nameof(ActivityListener.ActivityStopped))]
    public async Task Activity_listener_that_throws_costs_no_job_anything_and_leaves_no_activity_behind(string where)
    {
        var threw = 0;
        IsInThisTest.Value = true;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SmartCache",
            Sample = (ref _) => Throw(nameof(ActivityListener.Sample)) ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStarted = _ => Throw(nameof(ActivityListener.ActivityStarted)),
            ActivityStopped = _ => Throw(nameof(ActivityListener.ActivityStopped)),
        };
        ActivitySource.AddActivityListener(listener);
        using var around = new Activity("the worker's own").Start();
        Activity? inside = null;
        _encoder.Before = (_, _) => Task.FromResult(inside = Activity.Current);

        await RunAttemptAndRetryAsync(static _ => { });

        threw.Should().BePositive();
        Activity.Current.Should().BeSameAs(around);
        inside.Should().Match<Activity>(activity => activity == around || activity.Parent == around);
        if (where != nameof(ActivityListener.ActivityStopped))
        {
            inside.Should().BeSameAs(around, "one whose start failed is not running");
        }

        // Other tests run at the same time, and their activities come here too.
        bool Throw(string at)
        {
            if (IsInThisTest.Value && at == where)
            {
                threw++;
                throw new InvalidOperationException("the exporter is gone");
            }

            return IsInThisTest.Value;
        }
    }

    [Fact]
    public async Task Progress_that_throws_where_the_cache_reports_costs_no_job_anything()
    {
        _uploader.ReportsNothing = _encoder.ReportsNothing = _downloader.ReportsNothing = true;
        var progress = new ThrowingProgress();

        await RunAttemptAndRetryAsync(static _ => { }, progress);

        progress.Threw.Should().BePositive();
    }

    [Fact]
    public async Task Progress_that_throws_ends_nobodys_wait_for_another_worker()
    {
        using var host = await StartAsync(static _ => { });
        var downloading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _downloader.Before = _ =>
        {
            downloading.TrySetResult();
            return goOn.Task;
        };
        _downloader.ReportsNothing = true;
        var stage = host.Services.GetRequiredService<IVideoDownloader>();
        var progress = new ThrowingProgress();

        var first = stage.DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, "1.mp4")));
        await downloading.Task.Guarded();
        var second = stage.DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, "2.mp4")), progress);
        await progress.Seen.Guarded();
        goOn.SetResult();

        (await first.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        (await second.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
    }

    [Fact]
    public async Task Inner_stage_gets_the_exception_of_the_progress_that_it_reports_to()
    {
        using var host = await StartAsync(static _ => { });

        var download = () => host.Services.GetRequiredService<IVideoDownloader>()
            .DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, "1.mp4")), new ThrowingProgress());

        await download.Should().ThrowAsync<IOException>().WithMessage("the progress bar is gone");
    }

    [Fact]
    public async Task Probe_that_throws_lets_every_attempt_do_its_work()
    {
        using var host = await StartAsync(static services => services.AddSingleton<ISourceProbe>(new FakeProbe { Before = static _ => throw new BadImageFormatException() }));

        foreach (var attempt in new[] { "1", "2" })
        {
            (await RunAsync(host, attempt)).Source.Should().Be(CacheOutcome.Miss);
        }

        _downloader.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Presence_check_that_throws_lets_the_retry_send_again()
    {
        var time = new ShiftedTime();
        using var host = await StartAsync(services => services
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<IUploadPresence>(new AnsweringPresence(static (_, _) => throw new OperationCanceledException())));

        await RunAsync(host, "1");
        var sent = _uploader.Sent.Count;
        time.Shift = TimeSpan.FromHours(2);
        var retry = await RunAsync(host, "2");

        _uploader.Sent.Should().HaveCount(2 * sent);
        retry.Upload.Should().Be(CacheOutcome.Miss, "what it sends is recorded");
    }

    [Fact]
    public async Task Accept_that_throws_lets_the_retry_encode()
    {
        _encoder.Accept = static _ => throw new InvalidOperationException();
        using var host = await StartAsync(static _ => { });

        await RunAsync(host, "1");
        (await RunAsync(host, "2")).Profile.Should().Be(CacheOutcome.Miss);

        _encoder.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Options_that_throw_when_they_are_read_cost_no_job_anything()
    {
        using var host = await StartAsync(static _ => { });
        var request = new DownloadRequest(TestJob.Url, Path.Combine(_root, "1.mp4")) { Options = new ThrowingOptions() };

        var video = await host.Services.GetRequiredService<IVideoDownloader>().DownloadAsync(request);

        video.Length.Should().Be(50_000);
    }

    private async Task RunAttemptAndRetryAsync(Action<IServiceCollection> plugIn, IProgress<StageProgress>? progress = null)
    {
        using var host = await StartAsync(plugIn);

        (await RunAsync(host, "1", progress)).Should().Be((CacheOutcome.Miss, CacheOutcome.Miss, CacheOutcome.Miss));
        (await RunAsync(host, "2", progress)).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit, CacheOutcome.Hit));

        (_downloader.Calls, _encoder.Calls, _uploader.Calls).Should().Be((1, 1, 1));
        (await host.Services.GetRequiredService<ICacheManager>().GetStatisticsAsync()).Sources.Hits.Should().Be(1);
        await host.StopAsync();
    }

    private async Task<(CacheOutcome Source, CacheOutcome Profile, CacheOutcome Upload)> RunAsync(IHost host, string attempt, IProgress<StageProgress>? progress = null)
    {
        var services = host.Services;
        var tree = Path.Combine(_root, "tree" + attempt);
        var video = await services.GetRequiredService<IVideoDownloader>()
            .DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, attempt + ".mp4")) { JobId = "job" }, progress);
        var profile = await services.GetRequiredService<IProfileEncoder>()
            .EncodeAsync(new EncodeRequest(video, TestJob.Profile, Path.Combine(tree, "720p")) { JobId = "job" }, progress).Guarded();
        var upload = await services.GetRequiredService<IIpfsUploader>()
            .UploadAsync(new UploadRequest("job", tree) { Profiles = [profile] }, progress);
        await services.GetRequiredService<ICacheManager>().FlushAsync();
        return (video.Outcome, profile.Outcome, upload.Outcome);
    }

    private async Task<IHost> StartAsync(Action<IServiceCollection> plugIn)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Cache:Directory", Path.Combine(_root, "cache"))]);
        builder.Services.AddSingleton<IVideoDownloader>(_downloader).AddSingleton<IProfileEncoder>(_encoder).AddSingleton<IIpfsUploader>(_uploader);
        plugIn(builder.Services);
        builder.Services.AddSmartCache();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private sealed class ThrowingOptions : Dictionary<string, string>, IReadOnlyDictionary<string, string>
    {
        IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() =>
            throw new InvalidOperationException("Collection was modified");
    }
}
