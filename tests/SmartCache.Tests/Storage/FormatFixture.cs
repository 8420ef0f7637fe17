using System.Text;
using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Storage;

/// <summary>
/// A small cache of format 1, in <c>Fixtures/format-1</c>. It was made once, by the code of the day on which the format was written down, and is never made
/// again: what later code must be able to read is what lay on the disks then. A new version of the format gets a fixture of its own beside it.
/// </summary>
internal static class FormatFixture
{
    public const string Job = "job-1";

    /// <summary>When it was made. Nothing in it is too old then.</summary>
    public static readonly DateTimeOffset Made = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    public static readonly byte[] Video = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(static i => $"video {i:D4}\n")));
    public static readonly byte[] Condemned = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(static i => $"other {i:D4}\n")));
    public static readonly UploadTarget Target = new("node-a", "v1");
    public static readonly Tombstone Evicted = new("sources", "0123456789abcdef0123456789abcdef", 4096, 12.5, Made, "MaxSize", "LRU");
    public static readonly EncodingProfile Profile = new("720p") { VideoBitrate = "2800k" };

    private static readonly string Directory1 = Path.Combine(Snapshot.Repository, "tests", "SmartCache.Tests", "Fixtures", "format-1");

    public static DownloadRequest Request(string path) => new("https://videos.example/video.mp4", path) { Scope = "tenant", JobId = Job };

    public static FakeEncoder Encoder() => new()
    {
        Segments = 2,
        After = static request =>
        {
            foreach (var segment in Directory.GetFiles(request.OutputDirectory, "*.ts"))
            {
                File.WriteAllText(segment, $"pictures of {Path.GetFileName(segment)}\n");
            }
        },
    };

    public static string CidOf(UploadFile file) => "bafk" + file.Sha256[..20];

    /// <summary>The fixture as a cache's directory: times and modes, which no repository keeps, are those that its manifests say.</summary>
    public static OpenedFixture Open()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-format-").FullName;
        var cache = Path.Combine(root, "cache");
        foreach (var path in Directory.GetFiles(Directory1, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(cache, Path.GetRelativePath(Directory1, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        foreach (var path in Directory.GetFiles(cache, Manifest.FileName, SearchOption.AllDirectories))
        {
            var manifest = ManifestFormat.Parse(File.ReadAllBytes(path));
            for (var i = 0; i < manifest.Content.Files.Count; i++)
            {
                var file = Path.Combine(Path.GetDirectoryName(path)!, manifest.Content.Files[i].Path);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file, manifest.ModeOf(i)!.Value);
                }

                FileSystem.Current.SetModified(file, DateTimeOffset.UnixEpoch.AddTicks(manifest.Modified[i] / 100));
            }

            FileSystem.Current.SetModified(path, Made);
        }

        var month = TimeSpan.FromDays(30);
        return new OpenedFixture(new TestCache(
            time: new ShiftedTime { Standing = Made.AddHours(1) },
            root: root,
            configure: settings => settings with { History = 1_000_000, MaxAge = month, MaxSourceAge = month, TrustUploads = month }));
    }

    /// <summary>Makes a cache of today's format and copies it to a directory that does not exist yet.</summary>
    public static async Task MakeAsync(string directory)
    {
        var time = new ShiftedTime { Standing = Made, Shift = TimeSpan.FromDays(-1) };
        await using var cache = new TestCache(probe: new FakeProbe(), time: time, configure: static settings => settings with { History = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(Video), Encoder());
        var video = await job.DownloadAsync(Request(cache.WorkPath("video.mp4")));
        var profile = await job.EncodeAsync(video, Profile);

        // Confirmed on one day, and on the next: the first part is closed then, and sorted by the clean-up. One confirmation is taken back.
        var uploads = cache.Manager.Uploads;
        var upload = new UploadRequest(Job, profile.Directory) { Profiles = [profile], Target = Target };
        await using (var session = await uploads.OpenAsync(upload))
        {
            var checkpoint = session.For(Target);
            await checkpoint.RecordFileAsync(session.Files[0], CidOf(session.Files[0]));
            await checkpoint.RecordFileAsync(session.Files[1], CidOf(session.Files[1]));
            await checkpoint.ForgetAsync(session.Files[1]);
            await session.FailAsync(new IOException("the node is away"));
        }

        time.Shift = TimeSpan.Zero;
        await using (var session = await uploads.OpenAsync(upload))
        {
            var checkpoint = session.For(Target);
            await checkpoint.RecordFileAsync(session.Files[2], CidOf(session.Files[2]));
            await checkpoint.RecordProfileAsync(profile, "bafyprofile");
            await session.CompleteAsync(new UploadResult("bafyroot") { Target = Target });
        }

        var other = cache.WorkPath("other.mp4");
        await File.WriteAllBytesAsync(other, Condemned);
        var key = SourceKey.From(new DownloadRequest("https://videos.example/other.mp4", other));
        await using var leased = await cache.Manager.Sources.AddAsync(key, other);
        await cache.Manager.CleanupAsync();
        await cache.Manager.Sources.RemoveAsync(key);
        new Tombstones(cache.Manager.AccountDirectory).Add([Evicted], Entries.Pulse);
        new VerificationState { Version = 1, Began = Made, Cursor = ContentName.Of(Bytes.Sha256(Video)), Entries = 1, Bytes = Video.Length }.Write(cache.Layer().Directory);
        await cache.Manager.FlushAsync();
        Copy(cache.Settings.Root, directory);
    }

    /// <summary>A copy of the fixture with a cache on it.</summary>
    internal sealed class OpenedFixture(TestCache cache) : IAsyncDisposable
    {
        public TestCache Cache => cache;

        public async ValueTask DisposeAsync()
        {
            await cache.DisposeAsync();
            Directory.Delete(cache.Root, recursive: true);
        }
    }

    private static void Copy(string cache, string directory)
    {
        foreach (var path in Directory.GetFiles(cache, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(cache, path);
            var parts = relative.Split(Path.DirectorySeparatorChar);
            if (parts.Contains("staging") || parts.Contains("trash") || (parts.Contains("locks") && !parts[^1].StartsWith(OwnNames.Condemned, StringComparison.Ordinal)))
            {
                continue;
            }

            var copy = Path.Combine(directory, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, BoundedFile.Read(FileSystem.Current, path, 1 << 20)!);
        }
    }
}
