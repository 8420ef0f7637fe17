using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using SmartCache.Stages;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Stages.Http;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Diagnostics;

/// <summary>
/// A job whose every part carries a credential, with the real HTTP downloader, through all stages, clean-up, verification and eviction, and then again with
/// every stage of the worker failing with the credentials in its text. Only the worker gets its own exceptions; nothing else is told, logged or stored.
/// </summary>
public sealed class SecretsOfAWholeJobTests : IAsyncDisposable
{
    private const string Everything = "s3cret-user s3cret-password s3cret-query s3cret-path s3cret-header s3cret-cookie s3cret-scope s3cret-node s3cret-word s3cret-fragment";
    private static readonly string[] Secrets = Everything.Split(' ');
    private static readonly byte[] Video = Scripts.Video(300_000);

    private readonly ConcurrentQueue<string> _seen = new();
    private readonly TestMeters _meters;
    private readonly ActivityListener _activities;
    private readonly AnsweringPresence _presence = new(static (_, _) => throw new IOException(Everything));
    private readonly ScriptedServer _server = new(Scripts.Honest(Video));
    private readonly TestCache _cache;
    private readonly ShiftedTime _time = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler());
    private readonly UploadTarget _target = new("https://s3cret-user:s3cret-password@node.test", "cid-version=1")
    {
        Endpoint = new Uri("https://s3cret-node:s3cret-word@node.test/api?key=s3cret-query"),
    };

    private bool _hasFailedOnce;

    public SecretsOfAWholeJobTests()
    {
        _meters = new TestMeters((name, tags) => _seen.Enqueue($"{name} {tags}"));
        _activities = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith("SmartCache", StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => _seen.Enqueue($"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(static e => e.Tags))}"),
        };
        ActivitySource.AddActivityListener(_activities);
        _cache = new TestCache(
            settings => settings with { TrustUploads = TimeSpan.Zero, History = 1_000_000 },
            time: _time,
            probe: new FakeProbe { Before = _ => FailIfAsked() },
            with: services => services with { Meters = _meters, Presence = _presence });
    }

    /// <summary>From now on the worker's own code throws with all its credentials in the text.</summary>
    private bool Failing { get; set; }

    private string Url => $"http://s3cret-user:s3cret-password@127.0.0.1:{_server.Port}/s3cret-path/video.mp4?token=s3cret-query#s3cret-fragment";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _cache.DisposeAsync();
        _activities.Dispose();
        _meters.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Whole_job_leaves_no_credential_on_the_disk_in_a_log_a_metric_or_an_activity()
    {
        foreach (var use in new[] { CacheUse.Use, CacheUse.Use, CacheUse.Refresh })
        {
            await RunJobAsync(use);
        }

        await MaintainAsync();

        ShouldBeClean();
        Directory.GetFiles(Path.Combine(_cache.Settings.Root, "history"), "*.events").Should().NotBeEmpty("it is among what was searched");
        _server.Exchanges[0].Headers["Authorization"].Should().NotBeNull("the origin was given what it needs");
        _presence.Asked.Should().NotBeEmpty("the target that throws was asked");
        _cache.Entries("sources").Should().NotBeEmpty();
        _cache.Entries("profiles").Should().NotBeEmpty();
        _cache.Settings = _cache.Settings with { MaxSize = 10_000 };
        (await _cache.Manager.CleanupAsync()).EvictedEntries.Should().BePositive();
        ShouldBeClean();
    }

    [Fact]
    public async Task Texts_of_stages_that_fail_reach_the_worker_and_nothing_else()
    {
        await RunJobAsync(CacheUse.Use);
        Failing = true;

        // The inner stages' own exceptions pass through; what the cache says about them is clean.
        var job = Job();
        await Throws(() => new CachingVideoDownloader(new FakeDownloader(_ => throw new IOException(Everything)), _cache.Manager).DownloadAsync(Request() with { Source = Url + "x", ContentId = "ipfs:other" }));
        var video = await job.DownloadAsync(Request());
        await Throws(() => job.EncodeAsync(video)); // its stored result is looked at by Accept, which throws, and then it is encoded
        await Throws(() => job.EncodeAsync(video, TestJob.Profile with { VideoBitrate = "1k" }));
        await Throws(() => Uploader(fails: true).UploadAsync(new UploadRequest("job-1", UploadTree())));
        await Throws(() => new CachingProfileEncoder(new ThrowingEncoder(), _cache.Manager).EncodeAsync(new EncodeRequest(video, TestJob.Profile, _cache.WorkPath("o"))));
        await _cache.Manager.FlushAsync();
        await MaintainAsync();

        _cache.Log.Of(400).Should().NotBeEmpty("a predicate that throws is a fault");
        ShouldBeClean();
    }

    [Fact]
    public async Task Worker_that_names_its_file_like_the_end_of_the_url_does_not_find_that_name_in_a_fault()
    {
        await RunJobAsync(CacheUse.Use);
        var blocked = _cache.WorkPath("s3cret-path");
        await File.WriteAllTextAsync(blocked, "a file where the worker wants a directory");

        var job = Job();
        await Throws(() => job.DownloadAsync(Request() with { DestinationPath = Path.Combine(blocked, "s3cret-path.mp4") }));
        Directory.CreateDirectory(_cache.WorkPath("dir/s3cret-path.mp4/in the way"));
        await Throws(() => job.DownloadAsync(Request() with { DestinationPath = _cache.WorkPath("dir/s3cret-path.mp4") }));

        _cache.Log.Of(400).Should().NotBeEmpty("the cache could not give the file");
        ShouldBeClean();
    }

    [Fact]
    public async Task Exceptions_of_the_library_name_no_credential()
    {
        var key = SourceKey.From(Request());
        await _cache.Manager.CleanupAsync();
        var texts = new List<string?>
        {
            (await Record.ExceptionAsync(() => _cache.Manager.RemoveBySourceAsync("s3cret-path")))?.ToString(),
            Record.Exception(() => ProfileKey.From(new SourceMedia { ContentHash = "s3cret-path", Length = 1 }, new EncodeRecipe()))?.ToString(),
            (await Record.ExceptionAsync(() => _cache.Manager.Sources.AddAsync(key, _cache.WorkPath("missing"))))?.ToString(),
            $"{Request()} {key} {_target} {new UploadRequest("job", "/s3cret") { Target = _target }.Target}",
        };

        texts.Should().Contain(text => text != null);
        ShouldBeClean(string.Join('\n', texts), "texts of the library");
        ShouldBeClean();
    }

    private async Task RunJobAsync(CacheUse use)
    {
        var job = Job();
        var request = Request(use);
        await using (var plan = await _cache.Manager.PlanAsync(request, [TestJob.Profile], job.Encoder))
        {
            _seen.Enqueue($"{plan}");
        }

        var video = await job.DownloadAsync(request);
        var encoded = await job.EncodeAsync(video, use: use);
        if (!_hasFailedOnce)
        {
            _hasFailedOnce = true;
            await Throws(() => Uploader(fails: true).UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded], Target = _target }));
        }

        var result = await Uploader().UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded], Target = _target });
        result.RootCid.Should().NotBeEmpty();
        await _cache.Manager.FlushAsync();
        _time.Shift += TimeSpan.FromSeconds(5);
        _seen.Enqueue($"{request} {video} {encoded} {await _cache.Manager.Uploads.LoadAsync("job-1")}");
    }

    private async Task MaintainAsync()
    {
        await _cache.Manager.CleanupAsync();
        await _cache.Manager.VerifyAsync();
        foreach (var verifier in _cache.Manager.Verifiers)
        {
            _seen.Enqueue($"{verifier}");
        }

        _seen.Enqueue($"{await _cache.Manager.GetStatisticsAsync()}");
    }

    private DownloadRequest Request(CacheUse use = CacheUse.Use)
    {
        var name = Guid.NewGuid().ToString("N");
        return new(Url, _cache.WorkPath(name + ".mp4"))
        {
            Options = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret-header", ["cookie"] = "s3cret-cookie" },
            Scope = "s3cret-scope",
            JobId = "job-1",
            Use = use,
            ExpectedLength = Video.Length,
        };
    }

    private TestJob Job()
    {
        var encoder = new FakeEncoder
        {
            Before = (_, _) => { FailIfAsked(); return Task.CompletedTask; },
            Accept = _ => { FailIfAsked(); return true; },
        };
        return new TestJob(_cache, new HttpVideoDownloader(_client, new HttpDownloadOptions { MaxAttempts = 1 }, logger: _cache.Log), encoder);
    }

    private ResumingIpfsUploader Uploader(bool fails = false) =>
        new(new ScriptedUploader(_target) { FailAt = fails ? 1 : null, Failure = new IOException(Everything, new InvalidOperationException(Everything)) }, _cache.Manager);

    private string UploadTree()
    {
        var tree = _cache.WorkPath("tree");
        Directory.CreateDirectory(tree);
        File.WriteAllBytes(Path.Combine(tree, "one"), Bytes.Random(5_000, 7));
        File.WriteAllBytes(Path.Combine(tree, "two"), Bytes.Random(5_000, 8));
        return tree;
    }

    private void FailIfAsked()
    {
        if (Failing)
        {
            throw new IOException(Everything, new InvalidOperationException(Everything));
        }
    }

    private static async Task Throws(Func<Task> act) => (await Record.ExceptionAsync(act)).Should().NotBeNull();

    private void ShouldBeClean()
    {
        ShouldBeClean(string.Join('\n', _seen), "metrics, activities and texts");

        // 626 is the encoder's own exception, whole, for whoever switches Debug on to see it.
        ShouldBeClean(string.Join('\n', _cache.Log.Lines.Where(static line => line.EventId != 626).Select(static line => line.Text)), "the log");
        foreach (var path in Directory.EnumerateFileSystemEntries(_cache.Settings.Root, "*", SearchOption.AllDirectories))
        {
            ShouldBeClean(Path.GetRelativePath(_cache.Settings.Root, path), "a name");
            if (File.Exists(path))
            {
                // Not by File.ReadAllBytes, which wants a lock that this process's own writer lock refuses.
                ShouldBeClean(Encoding.Latin1.GetString(BoundedFile.Read(FileSystem.Current, path, int.MaxValue)!), path);
            }
        }
    }

    private static void ShouldBeClean(string text, string where)
    {
        foreach (var secret in Secrets)
        {
            var at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
            at.Should().Be(-1, $"{secret} must not be in {where}: …{(at < 0 ? "" : text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 100)])}…");
        }
    }

    private sealed class ThrowingEncoder : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            throw new IOException(Everything);

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new IOException(Everything);
    }
}
