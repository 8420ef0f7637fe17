using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

/// <summary>One process's upload layer on a real directory, with the parts a test wants to turn.</summary>
internal sealed class UploadLayer : ICacheSettingsSource, ILogger, IAsyncDisposable
{
    private readonly CacheMeter _meter = new();
    private readonly bool _ownsRoot;

    public UploadLayer(string? root = null, IUploadPresence? presence = null, ShiftedTime? time = null, SmartCache.Storage.Platform.FileSystem? fileSystem = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Path.Combine(Path.GetTempPath(), "smartcache-uploads-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Root);
        Time = time ?? new ShiftedTime();
        Current = CacheSettings.ForRoot(Path.Combine(Root, "cache"));
        Layer = new LayerDirectory("uploads", Current.UploadsDirectory, () => Current, fileSystem ?? FileSystem.Current);
        Boundary = new CacheBoundary(Layer, this, new FaultLog(this, _meter, Time), Time);
        Saves = new BackgroundSaves(Time);
        var access = new LayerAccess(Layer, Boundary, this, Time, this);
        Jobs = new JobRecords(access, Saves, told => Told(told));
        Store = new UploadStateStore(access, Jobs, new ContentHasher(FileSystem.Current), Saves, presence, _meter);
    }

    public string Root { get; }

    public CacheSettings Current { get; set; }

    public ShiftedTime Time { get; }

    public LayerDirectory Layer { get; }

    public CacheBoundary Boundary { get; }

    public BackgroundSaves Saves { get; }

    public JobRecords Jobs { get; }

    /// <summary>Is told what the eviction policy would be.</summary>
    public Action<CacheEvent> Told { get; set; } = static _ => { };

    public UploadStateStore Store { get; }

    public ConcurrentQueue<string> Log { get; } = new();

    public string Targets => JournalFiles.DirectoryOf(Layer);

    public OperationPulse Pulse { get; } = OperationPulse.Unwatched(CancellationToken.None);

    /// <summary>The newest part, or where it would be.</summary>
    public string JournalOf(UploadTarget target) => JournalFiles.PathOf(Layer, TargetName.Of(target).Short, PartsOf(target) is [.., var last] ? last : JournalPart.FirstOf(Time.GetUtcNow()));

    public List<JournalPart> PartsOf(UploadTarget target) => JournalFiles.PartsOf(Layer, TargetName.Of(target).Short);

    public string PathOf(UploadTarget target, JournalPart part) => JournalFiles.PathOf(Layer, TargetName.Of(target).Short, part);

    /// <summary>Another process begins a newer part, as all do at midnight: what is there is closed.</summary>
    public void ClosePart(UploadTarget target) =>
        File.WriteAllBytes(PathOf(target, PartsOf(target)[^1].Next), JournalRecord.HeaderOf(target, 1).ToLine());

    /// <summary>Makes a tree of files with the given contents.</summary>
    public string Tree(string name, params (string Path, string Content)[] files)
    {
        var directory = Path.Combine(Root, name);
        Directory.CreateDirectory(directory);
        foreach (var (path, content) in files)
        {
            var full = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, content);
        }

        return directory;
    }

    /// <summary>Records every file, as an uploader would that sends all it is not told to skip.</summary>
    public async Task RecordAllAsync(string job, string tree, UploadTarget target, int count = int.MaxValue)
    {
        await using var session = await Store.OpenAsync(new UploadRequest(job, tree) { Target = target });
        foreach (var file in session.Files.Take(count))
        {
            await session.For(target).RecordFileAsync(file, CidOf(file));
        }
    }

    public static string CidOf(UploadFile file) => "bafk" + file.Sha256[..20];

    public static EncodedProfile Profile(string tree, string name) => new() { Name = name, Directory = Path.Combine(tree, name), Playlist = "index.m3u8" };

    public LayerTally Retries => _meter.RetryTally(Layer.Name);

    public string EverythingOnDisk() => Directory.Exists(Current.UploadsDirectory)
        ? string.Concat(Directory.EnumerateFiles(Current.UploadsDirectory, "*", SearchOption.AllDirectories).Select(path => path + "\n" + Read(path)))
        : "";

    // Lock files are held, and File.ReadAllBytes would want a lock of its own.
    private static string Read(string path)
    {
        using var handle = SmartCache.Storage.Platform.FileSystem.Current.OpenRead(path);
        var content = new byte[RandomAccess.GetLength(handle)];
        RandomAccess.Read(handle, content, 0);
        return Encoding.UTF8.GetString(content);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue($"{eventId.Id} {formatter(state, exception)}");

    public async ValueTask DisposeAsync()
    {
        await Saves.DisposeAsync();
        Layer.Dispose();
        _meter.Dispose();
        if (_ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
