using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>doctor</c> on places that are really so: small inodes, few inodes, other users' files, open modes, locks that do not lock, a clock that was ahead.</summary>
public class DoctorPlaceTests
{
    private static readonly string[] _asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    [MountFact("mkfs.ext4")]
    public async Task Small_inodes_count_in_whole_seconds_and_large_ones_do_not()
    {
        using var small = Mount.Image("ext4", 64, null, "-I", "128");
        using var large = Mount.Image("ext4", 64, null, "-I", "256");

        Codes(await OnNewAsync(small.Path)).Should().Equal("coarse-stamps");
        Codes(await OnNewAsync(large.Path)).Should().BeEmpty();
    }

    [MountFact("mkfs.ext4")]
    public async Task Disk_that_can_take_few_files_is_found_by_the_floor()
    {
        using var few = Mount.Image("ext4", 64, null, "-N", "400");

        Codes(await OnNewAsync(few.Path, ("Cache__MinFreeInodes", "380"))).Should().Equal("free-inodes");
        Codes(await OnNewAsync(few.Path, ("Cache__MinFreeInodes", "64"))).Should().BeEmpty();
    }

    [MountFact("setpriv")]
    public async Task Lock_that_another_user_left_is_found_until_it_is_the_owners_again()
    {
        await using var cache = await OfNobodyAsync();
        var left = Path.Combine(cache.CacheRoot(), "sources", "locks", "entry-" + Entries.Name);
        await File.WriteAllTextAsync(left, "");
        Mount.Run("chmod", "600", left);

        var doctor = await OnAsync(cache);
        var asWorker = await ToolProcess.RunBehindAsync(_asNobody, Arguments(cache));
        Mount.Run("chown", "65534:65534", left);

        Codes(doctor).Should().Equal("other-owner");
        doctor.Output.Should().Contain(left).And.Contain("chown -R 65534:65534");
        Codes(asWorker).Should().Contain(["unusable-locks", "other-owner"]);
        Codes(await OnAsync(cache)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("777", "open-to-all,no-setgid")]
    [InlineData("770", "no-setgid")]
    [InlineData("2770", "")]
    [InlineData("700", "")]
    public async Task Modes_that_let_everybody_in_or_keep_the_group_out_are_found(string mode, string codes)
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Mount.Run("chmod", mode, Path.Combine(cache.CacheRoot(), "profiles"));

        Codes(await OnAsync(cache)).Should().Equal(codes.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Directory_with_another_mode_than_the_settings_want_is_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var other = await OnAsync(cache, ("Cache__DirectoryMode", "0750"));

        Codes(other).Should().Equal("mode");
        var finding = other.Json.GetProperty("findings")[0];
        finding.GetProperty("path").GetString().Should().Be(cache.CacheRoot());
        finding.GetProperty("meaning").GetString().Should().Contain("DirectoryMode is 0750").And.Contain("the directory has 0700");
        finding.GetProperty("whatToDo").GetString().Should().StartWith("chmod 0750 ");
        Codes(await OnAsync(cache, ("Cache__DirectoryMode", "0700"))).Should().BeEmpty();
        Mount.Run("chmod", "0750", cache.CacheRoot());
        Codes(await OnAsync(cache, ("Cache__DirectoryMode", " 750 "))).Should().BeEmpty();
        Codes(await OnAsync(cache, ("Cache__DirectoryMode", "0700"))).Should().Equal("mode");
    }

    [Fact]
    public async Task Times_ahead_of_the_clock_are_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        cache.SetLastAccess(cache.Names().Single(), TimeSpan.FromSeconds(-30));
        Codes(await OnAsync(cache)).Should().BeEmpty("clocks of two machines are never the same");

        cache.SetLastAccess(cache.Names().Single(), TimeSpan.FromHours(-5));

        var doctor = await OnAsync(cache);
        Codes(doctor).Should().Equal("clock");
        doctor.Output.Should().Contain("5.0 h");
    }

    [Fact]
    public async Task Foreign_names_in_a_layer_and_a_journal_of_a_newer_version_are_found_and_the_cache_s_own_are_not()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "sources", "holiday.jpg"), "");
        var journal = Directory.GetFiles(Path.Combine(cache.CacheRoot(), "uploads", "targets"), "*.journal", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(journal, "not a journal of this version\n");

        var doctor = await OnAsync(cache);

        Codes(doctor).Should().Equal("foreign-files", "unread-journals");
        doctor.Output.Should().Contain("holiday.jpg");
        doctor.Json.GetProperty("versions")[0].GetProperty("entries").GetInt32().Should().Be(2);
    }

    [MountFact("strace")]
    public async Task Locks_that_do_not_lock_are_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var trace = cache.WorkPath("trace");

        // Each flock(2) succeeds and locks nothing, as on file systems that ignore it.
        var doctor = await ToolProcess.RunBehindAsync(["strace", "-f", "--seccomp-bpf", "-o", trace, "-e", "trace=flock", "-e", "inject=flock:retval=0"], Arguments(cache));
        var sound = await ToolProcess.RunAsync(Arguments(cache));

        Codes(doctor).Should().Contain("locks");
        Codes(sound).Should().NotContain("locks");
    }

    [MountFact("bindfs")]
    public async Task File_system_that_knows_no_hard_links_to_the_work_directory_is_found()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        using var fuse = new FuseMount();

        var doctor = await OnAsync(cache, [], "--work", fuse.Path);

        Codes(doctor).Should().Equal("copies", "copies");
        Meanings(doctor).Should().OnlyContain(static text => text!.Contains("they lie on two file systems", StringComparison.Ordinal));
    }

    [MountFact("mount")]
    public async Task Second_mount_of_one_file_system_is_found_where_it_cannot_clone_and_the_same_mount_is_not()
    {
        using var disk = Mount.Image("ext4", 64);
        await using var cache = await ToolCall.UsedCacheAsync();
        var (root, work, bound) = (Path.Combine(disk.Path, "cache"), Path.Combine(disk.Path, "work"), cache.WorkPath("bound"));
        Mount.Run("cp", "-a", cache.CacheRoot(), root);
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(bound);
        var environment = new Dictionary<string, string?> { ["CACHE_DIRECTORY"] = root, ["CACHE_MAX_SIZE"] = "1MB", ["Cache__MinFreeSpace"] = "0" };

        Codes(await ToolCall.RunAsync(cache.Root, environment, "doctor", "--json", "--work", work)).Should().BeEmpty();
        Mount.Run("mount", "--bind", work, bound);
        try
        {
            var doctor = await ToolCall.RunAsync(cache.Root, environment, "doctor", "--json", "--work", bound);

            Codes(doctor).Should().Equal("copies", "copies");
            Meanings(doctor).Should().Equal(Copies("sources"), Copies("profiles"));
        }
        finally
        {
            Mount.Run("umount", bound);
        }

        string Copies(string layer) =>
            $"it shares no blocks with {Path.Combine(root, layer)}: they lie on two mounts, and the file system has no reflinks, so that each hit copies";
    }

    private static async Task<TestCache> OfNobodyAsync()
    {
        var cache = await ToolCall.UsedCacheAsync();
        await cache.Manager.DisposeAsync();
        Mount.Run("chown", "-R", "65534:65534", cache.Root);
        return cache;
    }

    private static async Task<ToolCall> OnNewAsync(string root, params (string Name, string Value)[] settings)
    {
        await using var cache = new TestCache(static settings => settings with { MaxSize = 1_000_000, MinFreeSpace = new(0, null), MinFreeInodes = new(64, null) }, root: root);
        await cache.Manager.CleanupAsync();
        await using var used = CacheManager.Create(new CacheOptions { Directory = cache.CacheRoot(), MaxSize = "1MB", MinFreeSpace = "0", MinFreeInodes = "64" });
        await used.FlushAsync();
        return await OnAsync(cache, settings);
    }

    private static Task<ToolCall> OnAsync(TestCache cache, params (string Name, string Value)[] settings) => OnAsync(cache, settings, []);

    private static Task<ToolCall> OnAsync(TestCache cache, (string Name, string Value)[] settings, params string[] more)
    {
        var environment = new Dictionary<string, string?> { ["CACHE_DIRECTORY"] = cache.CacheRoot(), ["CACHE_MAX_SIZE"] = "1MB", ["Cache__MinFreeSpace"] = "0", ["Cache__MinFreeInodes"] = "64" };
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return ToolCall.RunAsync(cache.Root, environment, ["doctor", "--json", .. more]);
    }

    private static string[] Arguments(TestCache cache) => ["doctor", "--json", "-d", cache.CacheRoot()];

    private static IEnumerable<string?> Meanings(ToolCall call) => call.Json.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("meaning").GetString());

    private static IEnumerable<string?> Codes(ToolCall call) => call.Json.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("code").GetString());
}
