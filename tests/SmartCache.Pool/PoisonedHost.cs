using System.Globalization;

namespace SmartCache.Pool;

/// <summary>
/// A host with one job that it does again and again, each time with another pack in the store. Its inner stages write what they are to make at once, and look at the files
/// before they begin.
/// </summary>
internal sealed class PoisonedHost : IVideoDownloader, IProfileEncoder
{
    private readonly CacheManager _cache;
    private readonly LyingStore _store;
    private readonly string _around;
    private readonly string _file;
    private readonly string _directory;
    private readonly Worker _worker;
    private readonly byte[] _video;
    private readonly Dictionary<string, byte[]> _profile;
    private readonly string _before;
    private DownloadedVideo? _downloaded;
    private string? _wrong;
    private int _inner;

    /// <param name="cache">Its cache.</param>
    /// <param name="store">Where the packs are.</param>
    /// <param name="around">The directory around the job's own; nothing else in it may change.</param>
    /// <param name="worker">Tells what the job is.</param>
    /// <param name="made">Where another host has done it.</param>
    public PoisonedHost(CacheManager cache, LyingStore store, string around, Worker worker, string made)
    {
        (_cache, _store, _around, _worker) = (cache, store, around, worker);
        _file = Path.Combine(Directory.CreateDirectory(Path.Combine(around, "work")).FullName, "source.mp4");
        _directory = Path.Combine(around, "work", Worker.Profiles[0].Name);
        _video = File.ReadAllBytes(Path.Combine(made, "source.mp4"));
        _profile = Directory.GetFiles(Path.Combine(made, Worker.Profiles[0].Name)).ToDictionary(static path => Path.GetFileName(path), File.ReadAllBytes);
        _before = Around();
    }

    /// <summary>One download or encode, with a pack that is in the store under its name.</summary>
    /// <param name="name">Its object.</param>
    /// <param name="pack">What lies there.</param>
    /// <param name="isSource">Whether it is a download.</param>
    /// <param name="isRight">Whether it is to be taken.</param>
    /// <returns>What is wrong with how it went; <see langword="null"/> where nothing is.</returns>
    public async Task<string?> DoAsync(string name, IObjectBody pack, bool isSource, bool isRight)
    {
        (_wrong, _inner) = (null, 0);
        Clear();
        var stored = _store.Replace(name, pack);
        var outcome = isSource ? await DownloadAsync() : await EncodeAsync();
        return !stored.IsRead ? "the store was not asked"
            : _wrong is not null ? _wrong
            : isRight != (outcome == CacheOutcome.Hit) || _inner != (isRight ? 0 : 1) ? string.Create(CultureInfo.InvariantCulture, $"{outcome} with {_inner} runs of the inner stage")
            : Around() != _before ? "something outside the destination has changed"
            : isSource ? (IsRight(_file, _video) && !Directory.Exists(_directory) ? null : "the source has other bytes")
            : IsProfileRight() && !File.Exists(_file) ? null : "the profile has other files or bytes";
    }

    private async Task<CacheOutcome> DownloadAsync()
    {
        var video = await new CachingVideoDownloader(this, _cache).DownloadAsync(new DownloadRequest(_worker.Address, _file) { Use = CacheUse.NoStore });
        if (video.PendingMedia is { } pending)
        {
            _downloaded = video with { Media = (await pending).Media };
        }

        return video.Outcome;
    }

    private async Task<CacheOutcome> EncodeAsync() =>
        (await new CachingProfileEncoder(this, _cache).EncodeAsync(new EncodeRequest(_downloaded!, Worker.Profiles[0], _directory) { Use = CacheUse.NoStore })).Outcome;

    public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Look();
        File.WriteAllBytes(_file, _video);
        return Task.FromResult(new DownloadedVideo(_file, _video.Length));
    }

    public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Look();
        Directory.CreateDirectory(_directory);
        foreach (var (name, bytes) in _profile)
        {
            File.WriteAllBytes(Path.Combine(_directory, name), bytes);
        }

        return Task.FromResult(new EncodedProfile { Name = request.Profile.Name, Directory = _directory, Playlist = "index.m3u8" });
    }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        _worker.DescribeAsync(source, profile, cancellationToken);

    /// <summary>When the inner stage begins, nothing may be left of the pack.</summary>
    private void Look()
    {
        _inner++;
        if (File.Exists(_file) || (Directory.Exists(_directory) && Directory.EnumerateFileSystemEntries(_directory).Any()))
        {
            _wrong = "the destination was not empty when the inner stage began";
        }
        else if (Around() != _before)
        {
            _wrong = "something outside the destination had changed when the inner stage began";
        }
    }

    private void Clear()
    {
        File.Delete(_file);
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private bool IsProfileRight() =>
        Directory.GetFileSystemEntries(_directory, "*", SearchOption.AllDirectories).Length == _profile.Count && _profile.All(file => IsRight(Path.Combine(_directory, file.Key), file.Value));

    private static bool IsRight(string path, byte[] bytes) => File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    /// <summary>Everything around the destinations.</summary>
    private string Around() => string.Join('\n', new DirectoryInfo(_around).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Where(entry => !entry.FullName.StartsWith(_file, StringComparison.Ordinal) && !entry.FullName.StartsWith(_directory, StringComparison.Ordinal))
        .Select(static entry => entry is FileInfo file ? FormattableString.Invariant($"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}") : entry.FullName)
        .Order(StringComparer.Ordinal));
}
