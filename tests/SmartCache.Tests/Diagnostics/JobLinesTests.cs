using System.Text;
using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Diagnostics;

/// <summary>
/// Whoever reads one line of a worker with many jobs at once knows which of them it is about. Each scenario is a job of its own; every line at Information and above
/// that the cache writes meanwhile holds the job, the profile where there is one, and the key, for people and for machines.
/// </summary>
[Trait("Found", "M32")]
public sealed class JobLinesTests : IAsyncDisposable
{
    private static readonly UploadTarget Target = new("node-1", "v1");
    private static readonly byte[] Video = Bytes.Random(50_000);

    /// <summary>Of the layer, the process or the place, whoever meets it: a new line that serves a job must not be put here.</summary>
    private static readonly HashSet<int> OfNoJob = [.. Enumerable.Range(500, 15), .. Enumerable.Range(600, 26), 433, 434, 702, 802, 803, 804, 805, 808];

    private readonly ShiftedTime _time = new();
    private readonly FakeProbe _probe = new() { Duration = null };
    private readonly HashSet<int> _seen = [];
    private readonly TestCache _cache;
    private Presence _presence = Presence.Present;
    private int _number;

    public JobLinesTests() =>
        _cache = new TestCache(time: _time, probe: _probe, with: services => services with { Presence = new AnsweringPresence((_, _) => _presence) });

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task Every_line_of_a_job_names_the_job_the_profile_and_the_key()
    {
        await DownloadsAsync();
        await EncodesAsync();
        await UploadsAsync();

        _seen.Should().Contain([100, 101, 102, 104, 106, 107, 108, 109, 110, 112, 201, 202, 204, 206, 300, 301, 302, 303, 304, 310, 400, 410, 800]);
    }

    [Fact]
    public async Task Clean_up_and_verification_serve_no_job_although_a_stage_asks_for_them()
    {
        await Job().DownloadAsync();
        var downloader = new FakeDownloader(Video)
        {
            Before = async token =>
            {
                await _cache.Manager.CleanupAsync(token);
                await _cache.Manager.VerifyAsync(token);
            },
        };
        Spoil(_cache.Entries("sources").Single());

        await new TestJob(_cache, downloader).DownloadAsync(CacheUse.Refresh);

        foreach (var line in _cache.Log.All.Where(static line => line.EventId is 410 or 500))
        {
            line["Job"].Should().BeNull(line.Text);
        }

        _cache.Log.Of(500).Should().NotBeEmpty();
        _cache.Log.Of(410).Should().NotBeEmpty();
    }

    [Fact]
    public async Task Store_that_is_used_by_itself_names_the_key_and_its_caller_s_flow_stays_as_it_was()
    {
        var key = SourceKey.From(new DownloadRequest("http://example.test/own", "x"));
        var path = _cache.WorkPath("own.mp4");
        await File.WriteAllBytesAsync(path, Encoding.UTF8.GetBytes("{" + new string('x', 5000)));

        (await _cache.Manager.Sources.AddAsync(key, path)).Should().BeNull();

        var line = _cache.Log.All.Single(static line => line.EventId == 101);
        line["Key"].Should().Be(key.Name[..12]);
        line["Job"].Should().BeNull();
        Subject.Current.Should().BeNull();
    }

    [Fact]
    public void Line_keeps_what_it_names_itself_and_its_template_says_all()
    {
        var log = new ListLogger();
        var logger = new SubjectLogger(new SubjectLogger(log));
        var message = LoggerMessage.Define<string>(LogLevel.Information, new EventId(7), "Something about profile {Profile}.");
        Subject.Current = new Subject("job\n1", "720p", new string('a', 64) + "_" + new string('b', 64));

        message(logger, "480p", null);

        var line = log.All.Single();
        line.Text.Should().Be("Something about profile 480p. [for job job?1, key aaaaaaaaaaaa_bbbbbbbbbbbb]");
        line["{OriginalFormat}"].Should().Be("Something about profile {Profile}. [for job {Job}, key {Key}]");
        line["Profile"].Should().Be("480p");
    }

    private async Task DownloadsAsync()
    {
        await SourceAsync("first", Video);
        await SourceAsync("hit", Video, url: "first");
        await SourceAsync("page", Encoding.UTF8.GetBytes("<html>" + new string('x', 5000)));
        await SourceAsync("other content", Video, request => request with { ContentId = "sha256:" + new string('0', 64) });
        await SourceAsync("no key", Video, request => request with { Source = null! });
        await SourceAsync("throws", null);
        await SourceAsync("ahead", Video, then: path => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1)));
        Spoil(_cache.Entries("sources").Single());
        await SourceAsync("damaged", Video, url: "first");
        _probe.Before = static _ => throw new InvalidDataException();
        await SourceAsync("no video", Bytes.Random(50_000, 2));
        _probe.Before = null;
        _cache.Settings = _cache.Settings with { MaxSize = 20_000 };
        await SourceAsync("too large", Bytes.Random(50_000, 3));
        _cache.Settings = _cache.Settings with { MaxSize = 60_000 };
        await SourceAsync("no room", Bytes.Random(55_000, 4));
        _cache.Settings = _cache.Settings with { MaxSize = 50_000_000 };
        var partials = Path.Combine(_cache.Settings.Root, "sources", "keys");
        var kept = partials + ".kept";
        Directory.Move(partials, kept);
        await File.WriteAllTextAsync(partials, "a file in its place");
        await SourceAsync("fault", Bytes.Random(50_000, 5));
        File.Delete(partials);
        Directory.Move(kept, partials);
    }

    private async Task EncodesAsync()
    {
        // The content that the encodes are of, so that there is something to suspect.
        await SourceAsync("proven", Bytes.Random(20_000, 1));
        await ProfileAsync("first", new FakeEncoder());
        await ProfileAsync("first", new FakeEncoder());
        await ProfileAsync("no duration", new FakeEncoder { ExpectedDuration = null });
        await ProfileAsync("open", new FakeEncoder { WritesEnd = false });
        await ProfileAsync("not described", new FakeEncoder { DescribeThrows = new InvalidOperationException() });
        await ProfileAsync("ahead", new FakeEncoder { After = static request => File.SetLastWriteTimeUtc(Path.Combine(request.OutputDirectory, "index.m3u8"), DateTime.UtcNow.AddHours(1)) });
        await ProfileAsync("judge throws", new FakeEncoder());
        await ProfileAsync("judge throws", new FakeEncoder { Accept = static _ => throw new InvalidOperationException() });
        Spoil(_cache.Entries("profiles").First(path => path.Contains('_', StringComparison.Ordinal)));
        foreach (var name in new[] { "first", "judge throws" })
        {
            await ProfileAsync(name, new FakeEncoder());
        }

        await ProfileAsync("throws", new FakeEncoder { Before = static (_, _) => throw new IOException() });
        await ProfileAsync("bypass", new FakeEncoder(), CacheUse.Bypass);
        await ProfileAsync("bad source", new FakeEncoder { Before = static (_, _) => throw new IOException() }, seed: 77);
    }

    private async Task UploadsAsync()
    {
        var tree = Tree("tree");
        await UploadAsync(tree, new ScriptedUploader(Target));
        await UploadAsync(tree, new ScriptedUploader(Target));
        await UploadAsync(Tree("fails"), new ScriptedUploader(Target) { FailAt = 1 });
        await UploadAsync(Tree("cancelled"), new ScriptedUploader(Target) { FailAt = 1 }, cancels: true);
        await UploadAsync(_cache.WorkPath("no such tree"), new ScriptedUploader(Target) { IgnoresSession = true });
        _presence = Presence.Unknown;
        _cache.Settings = _cache.Settings with { TrustUploads = TimeSpan.Zero };
        _time.Shift += TimeSpan.FromMinutes(1);
        for (var i = 0; i < 3; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(tree, $"more{i}"), "more");
        }

        await UploadAsync(tree, new ScriptedUploader(Target));
        _cache.Settings = _cache.Settings with { UploadsMode = LayerMode.Observe };
        await UploadAsync(tree, new ScriptedUploader(Target));
        _cache.Settings = _cache.Settings with { UploadsMode = LayerMode.On };
        var targets = Path.Combine(_cache.Settings.Root, "uploads", "targets");
        Directory.Delete(targets, recursive: true);
        await File.WriteAllTextAsync(targets, "a file in its place");
        await UploadAsync(tree, new ScriptedUploader(Target));
    }

    private async Task SourceAsync(string what, byte[]? content, Func<DownloadRequest, DownloadRequest>? with = null, Action<string>? then = null, string? url = null)
    {
        var job = NextJob(what);
        var downloader = new CachingVideoDownloader(new Origin(content, then), _cache.Manager);
        var request = new DownloadRequest("http://example.test/" + (url ?? what), _cache.WorkPath(job + ".mp4")) { JobId = job };
        await CheckAsync(what, job, null, () => downloader.DownloadAsync(with?.Invoke(request) ?? request));
    }

    private async Task ProfileAsync(string what, FakeEncoder encoder, CacheUse use = CacheUse.Use, int seed = 1)
    {
        var job = NextJob(what);
        var source = await TestJob.SourceAsync(_cache, $"source-{seed}.mp4", seed);
        var decorated = new CachingProfileEncoder(encoder, _cache.Manager);
        await CheckAsync(what, job, what, () => decorated.EncodeAsync(new EncodeRequest(source, new EncodingProfile(what) { VideoBitrate = what }, _cache.WorkPath(job)) { JobId = job, Use = use }));
    }

    private async Task UploadAsync(string tree, ScriptedUploader uploader, bool cancels = false)
    {
        var job = NextJob("upload");
        using var cancel = new CancellationTokenSource();
        if (cancels)
        {
            uploader.BeforeEach = cancel.Cancel;
            uploader.Failure = new OperationCanceledException();
        }

        await CheckAsync("upload", job, null, () => new ResumingIpfsUploader(uploader, _cache.Manager).UploadAsync(new UploadRequest(job, tree) { Target = Target }, null, cancel.Token));
    }

    private async Task CheckAsync(string what, string job, string? profile, Func<Task> stage)
    {
        var before = _cache.Log.All.Count;
        await Record.ExceptionAsync(stage);
        await _cache.Manager.FlushAsync();
        foreach (var line in _cache.Log.All.Skip(before).Where(static line => line.Level >= LogLevel.Information && !OfNoJob.Contains(line.EventId)))
        {
            _seen.Add(line.EventId);
            line["Job"].Should().Be(job, $"{what}: {line.Text}");
            line.Text.Should().Contain(job);
            if (profile is not null)
            {
                line["Profile"].Should().Be(profile, $"{what}: {line.Text}");
                line.Text.Should().Contain(profile);
            }

            // What has no key, or no tree that can be read, says at least that.
            if (line.EventId is not (109 or 204 or 304))
            {
                line["Key"].Should().BeOfType<string>($"{what}: {line.Text}").Which.Should().NotBeEmpty();
                line.Text.Should().Contain((string)line["Key"]!);
            }
        }
    }

    private TestJob Job() => new(_cache, new FakeDownloader(Video));

    private string NextJob(string what) => $"job-{++_number}-{what.Replace(' ', '-')}";

    private string Tree(string name)
    {
        var tree = Directory.CreateDirectory(_cache.WorkPath(name)).FullName;
        File.WriteAllText(Path.Combine(tree, "one"), name + " one");
        File.WriteAllText(Path.Combine(tree, "two"), name + " two");
        File.WriteAllText(Path.Combine(tree, "three"), name + " three");
        return tree;
    }

    /// <summary>Makes an entry's files longer than its manifest says.</summary>
    private static void Spoil(string entry)
    {
        foreach (var file in Directory.GetFiles(entry, "*", SearchOption.AllDirectories).Where(static path => Path.GetFileName(path) != "manifest.json"))
        {
            File.AppendAllText(file, "more");
        }
    }

    /// <summary>Gives bytes, or fails; and does something to the file afterwards.</summary>
    private sealed class Origin(byte[]? content, Action<string>? then) : IVideoDownloader
    {
        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            File.Delete(request.DestinationPath);
            await File.WriteAllBytesAsync(request.DestinationPath, content ?? throw new HttpRequestException(), cancellationToken);
            then?.Invoke(request.DestinationPath);
            return new DownloadedVideo(request.DestinationPath, content.Length);
        }
    }
}
