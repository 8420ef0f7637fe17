using System.Diagnostics;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Inspection;

/// <summary>What an inspector finds in real directories, beside the cache that works there, and that it leaves nothing behind.</summary>
public class CacheInspectorTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Whole_job_is_found_with_its_entries_confirmations_space_and_history()
    {
        await using var cache = await UsedAsync();
        var inspector = InspectorOf(cache);

        var layers = await inspector.ReadLayersAsync();
        layers.Select(static layer => (layer.Name, layer.IsPresent, layer.Entries, layer.Workers)).Should().Equal(("sources", true, 1, 1), ("profiles", true, 1, 1), ("uploads", true, 1, 1));
        layers[0].Bytes.Should().BeGreaterThan(50_000);
        layers.Should().OnlyContain(static layer => layer.TotalBytes > 0);

        var source = (await ListAsync(inspector.ReadEntriesAsync(EntryKind.Source))).Single();
        (source.Name, source.State, source.Length, source.Files, source.SourceContentHash).Should().Be((cache.Names().Single(), InspectedEntryState.Readable, 50_000, 1, Bytes.Sha256(Video)));
        source.LastUse.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        var profile = (await ListAsync(inspector.ReadEntriesAsync(EntryKind.Profile))).Single();
        (profile.Profile, profile.Files, profile.SourceContentHash, profile.IsCondemned).Should().Be(("720p", 5, Bytes.Sha256(Video), false));
        profile.Recipe["encoder"].Should().Be("fake 1.0");
        profile.Cost.Should().BePositive();

        var job = (await ListAsync(inspector.ReadJobsAsync())).Single();
        job.State.JobId.Should().Be("job-1");
        job.State.RootCid.Should().Be("bafyroot");
        var target = (await ListAsync(inspector.ReadTargetsAsync())).Single();
        (target.Id, target.ImportParameters, target.Parts, target.UnreadParts, target.Files, target.Profiles, target.Trees).Should().Be(("node", "v1", 1, 0, 5, 1, 1));
        target.Newest.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));

        var space = await inspector.ReadSpaceAsync();
        var told = (await cache.Manager.GetStatisticsAsync()).Space!;
        (space.UsedBytes + space.ReservedBytes, space.LimitBytes).Should().Be((told.UsedBytes, told.LimitBytes));
        var history = await ListAsync(inspector.ReadHistoryAsync());
        history.Select(static e => e.Kind).Should().Contain([HistoryEventKind.Requested, HistoryEventKind.Stored, HistoryEventKind.JobCompleted]);
        history.Select(static e => e.Job).Should().Contain(job.Job);
    }

    [Fact]
    public async Task Lease_and_worker_are_found_with_who_holds_them_and_end()
    {
        await using var cache = await UsedAsync();
        var inspector = InspectorOf(cache);
        var name = cache.Names().Single();
        using (cache.TryLease(name, out _))
        {
            var locks = await ListAsync(inspector.ReadLocksAsync());

            var lease = locks.Should().ContainSingle(static held => held.Kind == InspectedLockKind.Lease).Subject;
            (lease.Layer, lease.Of, lease.IsExclusive).Should().Be(("sources", name, false));
            locks.Count(static held => held is { Kind: InspectedLockKind.Worker, IsExclusive: true }).Should().Be(5, "sources, profiles, uploads, the account and the history are open");
            if (OperatingSystem.IsLinux())
            {
                lease.ProcessIds.Should().Contain(Environment.ProcessId);
            }
        }

        (await ListAsync(inspector.ReadLocksAsync())).Should().NotContain(static held => held.Kind == InspectedLockKind.Lease);
        (await cache.Manager.Sources.RemoveAsync(SourceKey.From(new DownloadRequest(TestJob.Url, "x")))).Should().BeTrue("a look leaves no lock behind");
    }

    [Fact]
    public async Task Nothing_is_made_changed_or_touched()
    {
        await using var cache = await UsedAsync();
        await cache.Manager.DisposeAsync();
        File.WriteAllText(Path.Combine(cache.CacheRoot(), "sources", "locks", "make-" + Entries.NameOf(1)), "");
        var before = Listing(cache.CacheRoot());
        var inspector = InspectorOf(cache);

        await ReadAllAsync(inspector);

        Listing(cache.CacheRoot()).Should().Be(before);
        before.Should().Contain("manifest.json").And.Contain("locks");
    }

    [Fact]
    public async Task Quarantine_and_parts_of_an_unfinished_encode_are_found()
    {
        await using var job = await CheckpointedJob.StartAsync();
        await job.DieAsync(before: 2);
        await new TestJob(job.Cache, new FakeDownloader(Video)).DownloadAsync();
        var name = job.Cache.Names().Single();
        Spoil.Silently(job.Cache.Entries("sources").Single());
        await job.Cache.Manager.VerifyAsync();
        var inspector = InspectorOf(job.Cache);

        var parts = (await ListAsync(inspector.ReadCheckpointsAsync())).Single();
        (parts.Parts, parts.Bytes).Should().Be((job.Parts.Length, job.Parts.Sum(static path => new FileInfo(path).Length)));
        parts.Length.Should().BePositive();
        parts.Entry.Should().Be(Path.GetFileName(Path.GetDirectoryName(job.Parts[0])));
        var kept = (await ListAsync(inspector.ReadQuarantineAsync())).Single();
        (kept.Layer, kept.Entry).Should().Be(("sources", name));
        kept.Bytes.Should().BeGreaterThanOrEqualTo(50_000);
        Directory.Exists(kept.Path).Should().BeTrue();
    }

    [Fact]
    public async Task Torn_damaged_newer_and_foreign_files_cost_themselves()
    {
        await using var cache = await UsedAsync();
        var root = cache.CacheRoot();
        foreach (var (name, manifest) in new[] { (Entries.NameOf(1), "{ torn"), (Entries.NameOf(2), "{\"version\": 9}"), (Entries.NameOf(3), null) })
        {
            Directory.CreateDirectory(Path.Combine(root, "sources", name));
            if (manifest is not null)
            {
                await File.WriteAllTextAsync(Path.Combine(root, "sources", name, Manifest.FileName), manifest);
            }
        }

        Directory.CreateDirectory(Path.Combine(root, "sources", "holidays"));
        await File.WriteAllTextAsync(Path.Combine(root, "uploads", "other-0123456789abcdef.json"), "{ torn");
        await File.WriteAllTextAsync(Path.Combine(root, "uploads", "notes.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(Directory.GetDirectories(Path.Combine(root, "uploads", "targets")).Single(), "2026-01-01.journal"), "somebody else's\n");
        await File.WriteAllTextAsync(Path.Combine(root, "quota", Guid.NewGuid().ToString("N") + ".json"), "{ torn");
        await File.AppendAllTextAsync(Directory.GetFiles(Path.Combine(root, "history"), "*.events").Single(), "torn");
        Directory.CreateDirectory(Path.Combine(root, "profiles", "partials", $"{Entries.NameOf(1)}_{Entries.NameOf(2)}"));
        var inspector = InspectorOf(cache);

        var sources = await ListAsync(inspector.ReadEntriesAsync(EntryKind.Source));
        sources.ToDictionary(static entry => entry.Name, static entry => entry.State).Should().BeEquivalentTo(new Dictionary<string, InspectedEntryState>
        {
            [Entries.NameOf(1)] = InspectedEntryState.Damaged,
            [Entries.NameOf(2)] = InspectedEntryState.Newer,
            [Entries.NameOf(3)] = InspectedEntryState.Damaged,
            [ContentName.Of(Bytes.Sha256(Video))] = InspectedEntryState.Readable,
        });
        (await ListAsync(inspector.ReadJobsAsync())).Should().ContainSingle();
        var target = (await ListAsync(inspector.ReadTargetsAsync())).Single();
        (target.Parts, target.UnreadParts, target.Files).Should().Be((2, 1, 5));
        (await inspector.ReadSpaceAsync()).UsedBytes.Should().BePositive();
        (await ListAsync(inspector.ReadHistoryAsync())).Should().NotBeEmpty();
        (await ListAsync(inspector.ReadCheckpointsAsync())).Should().BeEmpty();
        cache.Entries("sources").Should().HaveCount(3, "damage is for the cache to take away");
    }

    [Fact]
    public void Where_there_is_no_cache_it_says_so_and_makes_none()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(root, "holiday.jpg"), "x");
            var missing = Path.Combine(root, "missing");

            FluentActions.Invoking(() => CacheInspector.Open(new CacheOptions { Directory = missing })).Should().Throw<DirectoryNotFoundException>().WithMessage($"*{missing}*");
            FluentActions.Invoking(() => CacheInspector.Open(new CacheOptions { Directory = root })).Should().Throw<DirectoryNotFoundException>().WithMessage("*CACHEDIR.TAG*");
            FluentActions.Invoking(() => CacheManager.Create(new CacheOptions { Directory = missing }, existingOnly: true)).Should().Throw<DirectoryNotFoundException>();
            FluentActions.Invoking(() => CacheManager.Create(new CacheOptions { Directory = root }, existingOnly: true)).Should().Throw<DirectoryNotFoundException>();
            Directory.GetFileSystemEntries(root).Should().ContainSingle();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Manager_of_an_existing_cache_changes_it_and_makes_no_directory_of_it()
    {
        await using var cache = await UsedAsync();
        await cache.Manager.DisposeAsync();
        Directory.Delete(Path.Combine(cache.CacheRoot(), "uploads"), recursive: true);
        Directory.Delete(Path.Combine(cache.CacheRoot(), "history"), recursive: true);
        await using (var manager = CacheManager.Create(new CacheOptions { Directory = cache.CacheRoot(), MinFreeSpace = "0" }, existingOnly: true))
        {
            (await manager.RemoveBySourceAsync(Bytes.Sha256(Video))).Should().Be(2);
            (await manager.Uploads.LoadAsync("job-1")).Should().BeNull();
            await manager.CleanupAsync();
        }

        cache.Names().Should().BeEmpty();
        Directory.GetDirectories(cache.CacheRoot()).Select(Path.GetFileName).Order().Should().Equal("profiles", "quota", "sources");
    }

    [MountFact("setpriv")]
    public async Task Another_user_sees_what_its_rights_let_it_see()
    {
        await using var cache = await UsedAsync();
        Mount.Run("chmod", "-R", "a+rX", cache.Root);
        using (var reader = StorageWorker.StartAsNobody("inspect", cache.CacheRoot()))
        {
            (await reader.ReadLineAsync()).Should().Be("3 layers, 2 entries, 1 jobs, 1 targets, locks, space, history");
        }

        Mount.Run("chmod", "700", cache.CacheRoot());
        using var stranger = StorageWorker.StartAsNobody("inspect", cache.CacheRoot());
        (await stranger.ReadLineAsync()).Should().Be(nameof(UnauthorizedAccessException));
    }

    private static async Task<TestCache> UsedAsync()
    {
        var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        await cache.UseAsync();
        await cache.Manager.CompleteJobAsync("job-1");
        await cache.Manager.CleanupAsync();
        await cache.Manager.FlushAsync();
        return cache;
    }

    private static CacheInspector InspectorOf(TestCache cache) => CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() });

    private static async Task ReadAllAsync(CacheInspector inspector)
    {
        (await inspector.ReadLayersAsync()).Should().HaveCount(3);
        (await ListAsync(inspector.ReadEntriesAsync(EntryKind.Source))).Should().NotBeEmpty();
        (await ListAsync(inspector.ReadEntriesAsync(EntryKind.Profile))).Should().NotBeEmpty();
        await ListAsync(inspector.ReadJobsAsync());
        await ListAsync(inspector.ReadTargetsAsync());
        (await ListAsync(inspector.ReadLocksAsync())).Should().BeEmpty("nobody is there");
        await inspector.ReadSpaceAsync();
        await ListAsync(inspector.ReadQuarantineAsync());
        await ListAsync(inspector.ReadCheckpointsAsync());
        (await ListAsync(inspector.ReadHistoryAsync())).Should().NotBeEmpty();
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }

    /// <summary>Every name with its inode, mode, owner, length, modification and change times, to the nanosecond.</summary>
    private static string Listing(string root)
    {
        using var find = Process.Start(new ProcessStartInfo("find", [root, "-printf", "%P %i %m %u %s %T@ %C@\n"]) { RedirectStandardOutput = true })!;
        var listing = find.StandardOutput.ReadToEnd();
        find.WaitForExit();
        return string.Join('\n', listing.Split('\n').Order(StringComparer.Ordinal));
    }
}
