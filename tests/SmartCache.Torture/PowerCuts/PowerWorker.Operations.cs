using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Storage.Platform;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <content>What it does.</content>
internal sealed partial class PowerWorker
{
    // These take little time, and few power cuts would fall into one.
    private const int HitsInARow = 4;
    private const int ForgetsInARow = 3;
    private const int CleanUpsInARow = 3;

    private static readonly string[] _layers = ["sources", "profiles"];

    private async Task PublishAsync()
    {
        var (source, work) = (PickSource(live: false), NewWork());
        await MakeAsync(_services!, Cache, source, work, CacheUse.Use);
        if (_random.Chance(0.5))
        {
            await Manager.CompleteJobAsync($"job-{source}");
        }

        Directory.Delete(work, recursive: true);
    }

    private async Task MakeAsync(ServiceProvider services, string root, int source, string work, CacheUse use)
    {
        await DownloadAsync(services, root, source, work, use);
        var profile = PowerContent.Profiles[_random.Next(PowerContent.Profiles.Length)];
        await EncodeAsync(services, source, work, profile);
        await services.GetRequiredService<CacheManager>().FlushAsync();
        Claim(root, source);
        Claim(root, source, profile);
        if (root == Cache)
        {
            _live.Add(source);
        }
    }

    private async Task HitAsync()
    {
        for (var i = 0; i < HitsInARow; i++)
        {
            var (source, work) = (PickSource(live: true), NewWork());
            await DownloadAsync(_services!, Cache, source, work);
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The origin has another video by now.</summary>
    private async Task RefreshAsync()
    {
        var (source, work) = (PickSource(live: true), NewWork());
        _versions[source] = _versions.GetValueOrDefault(source) + 1;
        await MakeAsync(_services!, Cache, source, work, CacheUse.Refresh);
        Directory.Delete(work, recursive: true);
    }

    private async Task EvictAsync()
    {
        var before = Entries();
        Note("evict cache");
        var used = before.Keys.Sum(static path => DiskUsage(path));
        await using (var small = NewServices(Cache, Math.Max(1_000_000, used / 2)))
        {
            await small.GetRequiredService<CacheManager>().CleanupAsync();
        }

        var after = Entries();
        Note($"evicted cache {Names(after.Where(entry => before.TryGetValue(entry.Key, out var inode) && inode == entry.Value))} {Names(after)}");
        _live.RemoveWhere(source => !after.ContainsKey(Path.Combine(Cache, "sources", _content.HashOf(source, _versions.GetValueOrDefault(source))[..32])));

        static string Names(IEnumerable<KeyValuePair<string, (ulong, long)>> entries) => string.Join(',', entries.Select(static entry => Path.GetFileName(entry.Key)).Append("-"));
    }

    /// <summary>The bytes of an entry change on the disk, and the next look-up finds it.</summary>
    private async Task QuarantineAsync()
    {
        using var turn = await RotTurnAsync();
        var source = PickSource(live: true);
        if (!TryDamage(source, keepsTime: false))
        {
            return;
        }

        var work = NewWork();
        var outcome = await DownloadAsync(_services!, Cache, source, work);
        if (outcome is not (CacheOutcome.Hit or CacheOutcome.Prefetched))
        {
            Note($"clean cache {source}");
        }
        else
        {
            _rotten.Add(source);
        }

        await Manager.FlushAsync();
        Claim(Cache, source);
        Directory.Delete(work, recursive: true);
    }

    /// <summary>The bytes of an entry rot, which only a reader of every byte finds. One at a time: the report does not say which entry it was.</summary>
    private async Task VerifyAsync()
    {
        using var turn = await RotTurnAsync();
        var source = PickSource(live: true);
        var isRotten = TryDamage(source, keepsTime: true);
        var report = await Manager.VerifyAsync();
        if (isRotten && report.Quarantined == 1)
        {
            Note($"clean cache {source}");
        }
        else if (isRotten)
        {
            // Evicted by somebody meanwhile, and nobody knows that it is rotten.
            _rotten.Add(source);
        }

        _live.Remove(source);
    }

    private async Task UploadAsync()
    {
        var target = StubUploader.Targets[_random.Next(StubUploader.Targets.Length)];
        var recorded = new List<string>();
        var whole = _random.Chance(0.3);
        await using (var session = await OpenSessionAsync(target))
        {
            var checkpoint = session.For(target);
            foreach (var file in session.Files)
            {
                if (!checkpoint.TryGetCid(file, out _) && (whole || _random.Chance(0.4)))
                {
                    Note($"record {target.Id} {file.Sha256}");
                    await checkpoint.RecordFileAsync(file, Content.CidOf(target.Id, file.Sha256));
                    recorded.Add(file.Sha256);
                }
            }

            if (whole)
            {
                Note($"tree {target.Id}");
                await session.CompleteAsync(new UploadResult(string.Create(CultureInfo.InvariantCulture, $"root-{_number}")) { Target = target });
            }
        }

        await Manager.FlushAsync();
        foreach (var hash in recorded)
        {
            Note($"confirmed {target.Id} {hash}");
        }
    }

    private async Task ForgetAsync()
    {
        var target = StubUploader.Targets[_random.Next(StubUploader.Targets.Length)];
        await using var session = await OpenSessionAsync(target);
        var checkpoint = session.For(target);
        var known = session.Files.Where(file => checkpoint.TryGetCid(file, out _)).ToList();
        foreach (var file in known.OrderBy(_ => _random.Next()).Take(ForgetsInARow))
        {
            Note($"forget {target.Id} {file.Sha256}");
            await checkpoint.ForgetAsync(file);
            Note($"forgotten {target.Id} {file.Sha256}");
        }
    }

    private async Task CleanUpAsync()
    {
        for (var i = 0; i < CleanUpsInARow; i++)
        {
            await Manager.CleanupAsync();
        }
    }

    /// <summary>Space is reserved, entered, asked for in vain and given back.</summary>
    private async Task AccountAsync()
    {
        var (source, work) = (First + Sources + _random.Next(2), NewWork());
        var version = _versions[source] = _versions.GetValueOrDefault(source) + 1;
        var path = Path.Combine(work, "added.mp4");
        await File.WriteAllBytesAsync(path, _content.Source(source, version));
        Note($"may cache {source} {version}");
        await (await Manager.Sources.AddAsync(PowerContent.KeyOf(source), path) is { } lease ? lease.DisposeAsync() : ValueTask.CompletedTask);
        await Manager.FlushAsync();
        Claim(Cache, source);
        await Manager.GetStatisticsAsync();
        if (_random.Chance(0.7))
        {
            Note($"off cache s:{source}");
            await Manager.Sources.RemoveAsync(PowerContent.KeyOf(source));
            Note($"removed cache {source}");
        }

        Directory.Delete(work, recursive: true);
    }

    /// <summary>Fetched before a job asks for it: one comes, or nobody does.</summary>
    private async Task AheadAsync()
    {
        var (source, work) = (PickSource(live: false), NewWork());
        Note($"may cache {source} {_versions.GetValueOrDefault(source)}");
        await using (var ticket = await Manager.PrefetchAsync(new PrefetchRequest(new DownloadRequest(PowerContent.Url(source), "") { JobId = $"job-{source}" })))
        {
            var outcome = await ticket.Completion;
            await Manager.FlushAsync();
            if (outcome is PrefetchOutcome.Stored or PrefetchOutcome.AlreadyThere)
            {
                Claim(Cache, source);
                _live.Add(source);
            }
        }

        if (_random.Chance(0.5))
        {
            await DownloadAsync(_services!, Cache, source, work);
        }

        Directory.Delete(work, recursive: true);
    }

    private async Task HistoryAsync()
    {
        // The other manager may find what this one has stored, and its flush is for what it stored itself.
        await Manager.FlushAsync();
        await using var logging = NewServices(Cache, PowerServices.Room, history: "1MB");
        var (source, work) = (PickSource(live: _random.Chance(0.5)), NewWork());
        await MakeAsync(logging, Cache, source, work, CacheUse.Use);
        await logging.GetRequiredService<CacheManager>().CompleteJobAsync($"job-{source}");
        Directory.Delete(work, recursive: true);
    }

    /// <summary>What is made is noted for the other hosts of a pool, and sent. The bucket is not on the disk, and nobody fetches from it.</summary>
    private async Task ShareAsync()
    {
        await Manager.FlushAsync();
        var bucket = Path.Combine(_beside, string.Create(CultureInfo.InvariantCulture, $"bucket-{_number}-{_serial++}"));
        await using (var shared = NewServices(Cache, PowerServices.Room, store: new FolderStore(bucket)))
        {
            var (source, work) = (PickSource(live: _random.Chance(0.5)), NewWork());
            await MakeAsync(shared, Cache, source, work, CacheUse.Use);
            Directory.Delete(work, recursive: true);
        }

        if (Directory.Exists(bucket))
        {
            Directory.Delete(bucket, recursive: true);
        }
    }

    /// <summary>A cache that did not exist, in a directory that did not exist.</summary>
    private async Task MarkerAsync()
    {
        if (_extraRoot is not null)
        {
            Note($"deleted {Path.GetFileName(_extraRoot)}");
            Directory.Delete(Path.GetDirectoryName(_extraRoot)!, recursive: true);
        }

        var work = NewWork();
        _extraRoot = Path.Combine(_disk, "caches", $"{_number}-{_serial}", $"root-{_number}-{_serial}");
        Note($"root {Path.GetFileName(_extraRoot)} {_extraRoot[_disk.Length..]}");
        await using (var fresh = NewServices(_extraRoot, PowerServices.Room))
        {
            await MakeAsync(fresh, _extraRoot, First + Sources + 2, work, CacheUse.Use);
        }

        Directory.Delete(work, recursive: true);
    }

    /// <summary>With saves under way, which the end waits for.</summary>
    private async Task ShutdownAsync()
    {
        var (source, work) = (PickSource(live: false), NewWork());
        await DownloadAsync(_services!, Cache, source, work);
        await EncodeAsync(_services!, source, work, PowerContent.Profiles[0]);
        await _services!.DisposeAsync();
        Claim(Cache, source);
        Claim(Cache, source, PowerContent.Profiles[0]);
        _live.Add(source);
        Open();
        Directory.Delete(work, recursive: true);
    }

    /// <summary>The worker does not want it again.</summary>
    private async Task RejectAsync()
    {
        var (source, work) = (PickSource(live: true), NewWork());
        var version = _versions.GetValueOrDefault(source);
        var path = Path.Combine(work, "rejected.mp4");
        await File.WriteAllBytesAsync(path, _content.Source(source, version));
        Note($"off cache s:{source}");
        await Manager.RejectSourceAsync(new DownloadedVideo(path, _content.LengthOf(source, version)), "the picture is green");
        Note($"removed cache {source}");
        _live.Remove(source);
        Directory.Delete(work, recursive: true);
    }

    private async Task<IUploadSession> OpenSessionAsync(UploadTarget target) =>
        await Manager.Uploads.OpenAsync(new UploadRequest(string.Create(CultureInfo.InvariantCulture, $"upload-{_number}-{_serial++}"), Tree) { Target = target });

    private bool TryDamage(int source, bool keepsTime)
    {
        var entry = Path.Combine(Cache, "sources", _content.HashOf(source, _versions.GetValueOrDefault(source))[..32]);
        Note($"off cache s:{source}");
        Note($"rot cache {source}");
        try
        {
            var path = Directory.GetFiles(entry, "source.*").Single();
            var time = Path.Combine(_beside, string.Create(CultureInfo.InvariantCulture, $"time-{_number}"));
            Shell.Run("touch", "-r", path, time);
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.Write(handle, "damaged"u8, 1000);
            if (keepsTime)
            {
                // To the nanosecond, which .NET does not do.
                Shell.Run("touch", "-r", time, path);
            }

            RandomAccess.FlushToDisk(handle);
            return true;
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // Evicted by somebody.
            Note($"clean cache {source}");
            _live.Remove(source);
            return false;
        }
    }

    private async Task<FileStream> RotTurnAsync()
    {
        for (var path = Path.Combine(_beside, "rot.lock"); ; await Task.Delay(50))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                // Another worker's turn.
            }
        }
    }

    /// <summary>Entries of the cache and which directory each is.</summary>
    private Dictionary<string, (ulong Inode, long Born)> Entries() =>
        _layers.SelectMany(layer => Directory.GetDirectories(Path.Combine(Cache, layer)))
            .Where(static path => Path.GetFileName(path).Length >= 32)
            .Select(static path => (path, Facts: FileSystem.Current.Stat(path)))
            .Where(static found => found.Facts is not null)
            .ToDictionary(static found => found.path, static found => (found.Facts!.Value.Inode, found.Facts.Value.BornNanoseconds));

    private static long DiskUsage(string path) => Storage.DiskUsage.Of(path, OperationPulse.Unwatched(CancellationToken.None), FileSystem.Current);
}
