using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class LeftoverTests
{
    [Fact]
    public async Task Staging_of_a_live_process_is_spared_and_of_a_killed_one_swept()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        using var worker = StorageWorker.Start("stage", cache.CacheRoot());
        var staging = (await worker.ReadLineAsync())!;
        Directory.SetLastWriteTimeUtc(staging, DateTime.UtcNow.AddDays(-30));

        (await cache.Manager.CleanupAsync()).Leftovers.Should().Be(0);
        File.Exists(Path.Combine(staging, "half.bin")).Should().BeTrue("age proves nothing");

        await worker.KillAsync();
        (await cache.Manager.CleanupAsync()).Leftovers.Should().BeGreaterThanOrEqualTo(1);
        Directory.Exists(Path.GetDirectoryName(staging)).Should().BeFalse();
        Directory.EnumerateFiles(cache.Layer().Directory.Locks, "writer-*").Should().ContainSingle("only this process is alive");
        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Trash).Should().BeEmpty();
    }

    [Fact]
    public async Task Lock_files_that_nobody_holds_are_swept_and_held_ones_stay()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        var locks = cache.Layer().Directory.Locks;
        foreach (var name in (string[])["make-" + Entries.NameOf(1), "key-" + Entries.NameOf(1), "entry-" + Entries.NameOf(3)])
        {
            File.WriteAllText(Path.Combine(locks, name), "");
        }

        using var held = cache.Layer().Directory.TryLock("make-" + Entries.NameOf(2), exclusive: true);
        using var lease = cache.TryLease(Entries.Name, out _);

        await cache.Manager.CleanupAsync();

        Directory.EnumerateFiles(locks).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith("writer-", StringComparison.Ordinal) && name != "evictor")
            .Order().Should().Equal("entry-" + Entries.Name, "make-" + Entries.NameOf(2));
    }

    [Fact]
    public async Task Trash_is_emptied()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        var name = Entries.Name + ".01234567.1";
        Directory.CreateDirectory(Path.Combine(cache.Layer().Directory.Trash, name, "b"));
        File.WriteAllText(Path.Combine(cache.Layer().Directory.Trash, name, "b", "c"), "x");

        await cache.Manager.CleanupAsync();

        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Trash).Should().BeEmpty();
    }

    [MountFact]
    public async Task Something_in_the_trash_that_cannot_be_deleted_keeps_nothing_else_from_going()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(3));
        var trash = cache.Layer().Directory.Trash;
        Directory.CreateDirectory(Path.Combine(trash, Entries.Name + ".01234567.2"));
        var mounted = Directory.CreateDirectory(Path.Combine(trash, Entries.Name + ".01234567.1")).FullName;
        Mount.Run("mount", "-t", "tmpfs", "tmpfs", mounted);
        try
        {
            (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);

            Directory.EnumerateFileSystemEntries(trash).Should().Equal(mounted);
            cache.Names().Should().BeEmpty();
            cache.Log.Of(400).Should().Contain(line => line.Contains("trash", StringComparison.Ordinal));
        }
        finally
        {
            Mount.Run("umount", mounted);
        }
    }

    [Fact]
    public async Task Quarantine_is_bounded_in_number_and_age()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        for (var i = 0; i < 20; i++)
        {
            var path = Directory.CreateDirectory(Path.Combine(cache.Layer().Directory.Quarantine, Name(i))).FullName;
            Directory.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-i));
        }

        Directory.SetLastWriteTimeUtc(Path.Combine(cache.Layer().Directory.Quarantine, Name(3)), DateTime.UtcNow.AddDays(-8));
        await cache.Manager.CleanupAsync();

        var kept = Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Select(path => Path.GetFileName(path)).Order().ToList();
        kept.Should().HaveCount(16).And.NotContain(Name(3)).And.Contain(Name(0)).And.NotContain(Name(19));

        static string Name(int number) => $"{Entries.Name}.01234567.{number}";
    }

    [Fact]
    public async Task Entry_that_is_quarantined_today_is_kept_to_be_looked_at_however_old_it_is()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        Directory.SetLastWriteTimeUtc(cache.Layer().Entries.PathOf(Entries.Name), DateTime.UtcNow.AddDays(-30));
        Entries.Overwrite(cache.PathOf(Entries.Name));
        cache.TryLease(Entries.Name, out var reason).Should().BeNull();
        reason.Text.Should().Contain("other bytes");

        await cache.Manager.CleanupAsync();

        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
    }

    [Fact]
    public async Task Partial_of_a_download_that_stalls_outlives_a_short_MaxAge()
    {
        await using var cache = new TestCache(settings => settings with { MaxAge = TimeSpan.FromMinutes(1) });
        var partials = cache.Manager.SourceStore.Catalog.PartialsDirectory;
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateDirectory(partials);
        foreach (var (name, minutes) in (IEnumerable<(string, int)>)[(Entries.NameOf(1), 10), (Entries.NameOf(2), 120)])
        {
            await File.WriteAllTextAsync(Path.Combine(partials, name), "half");
            File.SetLastWriteTimeUtc(Path.Combine(partials, name), DateTime.UtcNow.AddMinutes(-minutes));
        }

        await cache.Manager.CleanupAsync();

        Directory.GetFiles(partials).Select(Path.GetFileName).Should().Equal(Entries.NameOf(1));
    }

    [Fact]
    public async Task What_killed_writers_of_the_history_left_is_swept()
    {
        await using var cache = new TestCache(settings => settings with { History = 1_000_000 });
        await cache.Manager.CompleteJobAsync("job");
        await cache.Manager.FlushAsync();
        var root = Path.Combine(cache.CacheRoot(), "history");
        foreach (var dead in (string[])[Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N")])
        {
            await File.WriteAllTextAsync(Path.Combine(root, "locks", "writer-" + dead), "");
            Directory.CreateDirectory(Path.Combine(root, "staging", dead));
        }

        await cache.Manager.CleanupAsync();

        Directory.GetFiles(Path.Combine(root, "locks"), "writer-*").Should().ContainSingle("this process lives");
        Directory.GetDirectories(Path.Combine(root, "staging")).Should().ContainSingle();
    }

    [Fact]
    public async Task Entry_whose_manifest_somebody_deleted_is_quarantined()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        File.Delete(cache.ManifestOf(Entries.Name));

        await cache.Manager.CleanupAsync();

        cache.Names().Should().BeEmpty();
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
    }

    [Fact]
    public async Task One_cleaner_works_at_a_time()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(3));
        using (cache.TakeTurn())
        {
            (await cache.Manager.CleanupAsync()).AlreadyRunning.Should().BeTrue();
            cache.Names().Should().ContainSingle();
        }

        (await cache.Manager.CleanupAsync()).AlreadyRunning.Should().BeFalse();
        cache.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Cleaners_of_two_workers_at_once_take_each_entry_once_and_fail_nowhere()
    {
        await using var one = new TestCache();
        await using var two = new TestCache(_ => one.Settings);
        const int count = 60;
        for (var i = 0; i < count; i++)
        {
            one.Put(Entries.NameOf(i), Bytes.Random(2_000));
            one.SetLastAccess(Entries.NameOf(i), TimeSpan.FromDays(3));
        }

        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).Manager.CleanupAsync())));

        reports.Sum(report => report.ExpiredEntries).Should().Be(count);
        one.Names().Should().BeEmpty();
        one.Log.Of(400).Concat(two.Log.Of(400)).Should().BeEmpty();
    }
}
