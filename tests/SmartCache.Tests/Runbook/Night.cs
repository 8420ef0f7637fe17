using System.Diagnostics;
using System.Globalization;
using SmartCache.Configuration;
using SmartCache.Tests.Support;
using SmartCache.Tests.Tool;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Runbook;

/// <summary>A worker and its cache, and somebody at a shell beside them. What is typed is run with the real tool or a real shell, and kept as docs/troubleshooting.md shows it.</summary>
internal sealed class Night : IAsyncDisposable
{
    public const string Url = "https://cdn.example.com/films/47.mp4";
    public const string OtherUrl = "https://cdn.example.com/films/46.mp4";

    public static readonly EncodingProfile Profile = new("720p") { VideoBitrate = "2800k" };

    private static readonly UploadTarget _target = new("node", "cid-version=1");

    private readonly List<(string Command, string Output)> _typed = [];
    private readonly List<IDisposable> _mounts = [];
    private readonly PageText _text = new();
    private readonly string? _owned;
    private int _files;
    private bool _isStopped;

    /// <param name="settings">Further settings, as appsettings.json has them.</param>
    /// <param name="mount">Where the cache lies; without one, on the file system of temporary files.</param>
    /// <param name="configure">The same settings, as the worker has them.</param>
    public Night(string settings = "", Func<CacheSettings, CacheSettings>? configure = null, Mount? mount = null)
    {
        if (mount is not null)
        {
            _mounts.Add(mount);
        }

        Root = mount?.Path ?? (_owned = Directory.CreateTempSubdirectory("smartcache-test-").FullName);
        Cache = new TestCache(
            own =>
            {
                own = own with { MaxSize = 200_000_000, MinFreeSpace = new FreeSpaceFloor(0, null), History = 2_000_000 };
                return configure?.Invoke(own) ?? own;
            },
            time: Time,
            root: Root);
        var floor = settings.Contains("MinFreeSpace", StringComparison.Ordinal) ? "" : """, "MinFreeSpace": "0" """.TrimEnd();
        File.WriteAllText(Path.Combine(Root, "appsettings.json"), $$"""{ "Cache": { "Directory": "cache", "MaxSize": "200MB"{{floor}}{{settings}} } }""");
        _text.Show(Root, PageText.Home);
        _text.Show(Cache.CacheRoot(), PageText.Cache);
        Encoder = new FakeEncoder
        {
            Version = "ffmpeg 5.1.9",
            ReportsNothing = true,
            Before = (_, _) =>
            {
                Time.Work(TimeSpan.FromMinutes(10.2));
                return Task.CompletedTask;
            },
        };
    }

    public string Root { get; }

    public TestCache Cache { get; }

    public WorkedTime Time { get; } = new();

    public FakeEncoder Encoder { get; }

    /// <summary>What the origin gives.</summary>
    public byte[] Video { get; set; } = Bytes.Random(400_000, seed: 47);

    public Dictionary<string, string?> Environment { get; } = [];

    public IReadOnlyList<(string Command, string Output)> Typed => _typed;

    public void Keep(IDisposable mount) => _mounts.Add(mount);

    /// <summary>Has a path of the page stand for one of this machine.</summary>
    public void Show(string path, string shown) => _text.Show(path, shown);

    public async Task<DownloadedVideo> DownloadAsync(string job, string url = Url)
    {
        var downloader = new CachingVideoDownloader(
            new FakeDownloader(_ => Video)
            {
                Before = _ =>
                {
                    Time.Work(TimeSpan.FromMinutes(1.5));
                    return Task.CompletedTask;
                },
            },
            Cache.Manager);
        var video = await downloader.DownloadAsync(new DownloadRequest(url, Next("source.mp4")) { JobId = job });
        await Cache.Manager.FlushAsync();
        return video;
    }

    public async Task<EncodedProfile> EncodeAsync(string job, DownloadedVideo video, EncodingProfile? profile = null, IProgress<StageProgress>? progress = null)
    {
        var encoded = await new CachingProfileEncoder(Encoder, Cache.Manager).EncodeAsync(new EncodeRequest(video, profile ?? Profile, Next("720p")) { JobId = job }, progress);
        await Cache.Manager.FlushAsync();
        return encoded;
    }

    /// <summary>All three stages; the upload goes well, or fails after its third file.</summary>
    public async Task AttemptAsync(string job, string url = Url, bool uploadFails = false, EncodingProfile? profile = null)
    {
        var encoded = await EncodeAsync(job, await DownloadAsync(job, url), profile);
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target) { FailAt = uploadFails ? 3 : null, BeforeEach = () => Time.Work(TimeSpan.FromSeconds(9)) }, Cache.Manager);
        try
        {
            await uploader.UploadAsync(new UploadRequest(job, encoded.Directory) { Profiles = [encoded], Target = _target });
        }
        catch (IOException) when (uploadFails)
        {
        }

        await Cache.Manager.FlushAsync();
    }

    /// <summary>Ends the worker.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        await Cache.Manager.DisposeAsync();
    }

    /// <summary>Types a command as the page has it, once the worker has written all that it does in the background.</summary>
    public async Task TypeAsync(string command)
    {
        for (var pass = 0; pass < 2 && !_isStopped; pass++)
        {
            await Cache.Manager.FlushAsync();
        }

        var output = command.StartsWith("smartcache ", StringComparison.Ordinal) ? await ToolAsync(command) : await ShellAsync(command);
        _typed.Add((command, _text.Of(output)));
    }

    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        _mounts.ForEach(static mount => mount.Dispose());
        if (_owned is not null)
        {
            Directory.Delete(_owned, recursive: true);
        }
    }

    private async Task<string> ToolAsync(string command)
    {
        var words = command.Split(' ').Skip(1).Select(_text.Real).ToArray();
        var call = await ToolCall.RunAsync(Root, Environment, words);
        return call.Output + call.Error;
    }

    private async Task<string> ShellAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", _text.Real(command)]) { RedirectStandardOutput = true, WorkingDirectory = Root })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        shell.ExitCode.Should().Be(0, command);
        return output;
    }

    private string Next(string name) => Cache.WorkPath(string.Create(CultureInfo.InvariantCulture, $"{++_files}-{name}"));
}
