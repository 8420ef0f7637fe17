using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class JournalUpkeepTests
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact, Trait("Found", "M28")]
    public async Task Day_that_is_over_is_sorted_once_without_its_history_and_says_the_same()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"), ("c", "c"));
        for (var i = 0; i < 5; i++)
        {
            await layer.RecordAllAsync("job", tree, Target);
        }

        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).ForgetAsync(session.Files[2]);
        }

        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("other", ("d", "d")), Target);
        var yesterday = layer.PathOf(Target, layer.PartsOf(Target)[0]);
        var before = new FileInfo(yesterday).Length;
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        var sorted = File.ReadAllText(yesterday);
        sorted.Length.Should().BeLessThan((int)before / 2);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        File.ReadAllText(yesterday).Should().Be(sorted);
        layer.Log.Should().ContainSingle(line => line.StartsWith("321 ", StringComparison.Ordinal));
        await using var after = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(after, Target).Should().Equal("a", "b");
        after.PreferredTarget.Should().Be(Target);
        Directory.GetFiles(layer.Layer.Staging, "*", SearchOption.AllDirectories).Should().BeEmpty();
        Directory.GetFiles(layer.Layer.Locks, "journal-*").Should().BeEmpty();
    }

    [Fact]
    public async Task Newest_part_is_left_alone_however_old_its_day()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a"), ("b", "b")), Target);

        await layer.Saves.FlushAsync(CancellationToken.None);
        var before = layer.Layer.FileSystem.Stat(layer.JournalOf(Target))!.Value;

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(3));

        layer.Layer.FileSystem.Stat(layer.JournalOf(Target))!.Value.IsSameAs(before).Should().BeTrue();
    }

    [Fact, Trait("Found", "M28")]
    public async Task Journal_nobody_used_for_long_is_deleted_with_its_directory_and_a_younger_day_stays()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        await layer.RecordAllAsync("job", tree, Target);
        layer.Time.Shift = TimeSpan.FromDays(8);
        await layer.RecordAllAsync("job", layer.Tree("other", ("b", "b")), Target);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddMinutes(1));
        layer.PartsOf(Target).Should().Equal(JournalPart.FirstOf(layer.Time.GetUtcNow()));

        File.SetLastWriteTimeUtc(layer.JournalOf(Target), layer.Time.GetUtcNow().UtcDateTime);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(8));

        Directory.GetFileSystemEntries(layer.Targets).Should().BeEmpty();
    }

    [Fact]
    public async Task Journal_of_the_old_form_is_left_and_aged_out()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.CreateDirectory(layer.Targets);
        var old = Path.Combine(layer.Targets, TargetName.Of(Target).Short + ".journal");
        var foreign = Path.Combine(layer.Targets, "notes.journal");
        File.WriteAllText(old, "lines");
        File.WriteAllText(foreign, "mine");

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        File.ReadAllText(old).Should().Be("lines");
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(8));

        File.Exists(old).Should().BeFalse();
        File.Exists(foreign).Should().BeTrue("the cache did not make it");
    }

    [Fact]
    public async Task Day_of_a_clock_that_was_ahead_goes_by_the_age_of_its_records()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        layer.Time.Shift = TimeSpan.FromDays(3650);
        await layer.RecordAllAsync("job", tree, Target);
        layer.Time.Shift = TimeSpan.Zero;
        await layer.RecordAllAsync("job", tree, Target);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            UploadSessionTests.Offered(session, Target).Should().Equal("a");
        }

        layer.Time.Shift = TimeSpan.FromDays(8);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        layer.PartsOf(Target).Should().BeEmpty();
    }

    [Fact]
    public async Task Sorted_part_whose_header_cannot_be_read_goes_by_the_age_of_its_records_too()
    {
        var disk = new RefusesAnOpen();
        await using var layer = new UploadLayer(fileSystem: disk);
        layer.Time.Shift = TimeSpan.FromDays(-8);
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a")), Target);
        layer.Time.Shift = TimeSpan.Zero;
        await layer.RecordAllAsync("job", layer.Tree("other", ("b", "b")), Target);
        await layer.Saves.FlushAsync(CancellationToken.None);
        new JournalUpkeep(layer.Layer, NullLogger.Instance).Sort(TargetName.Of(Target).Short, layer.Pulse, layer.Time.GetUtcNow());
        disk.Refused = layer.PathOf(Target, layer.PartsOf(Target)[0]);

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        disk.Refused.Should().BeNull("it was to be read");
        layer.PartsOf(Target).Should().Equal(JournalPart.FirstOf(layer.Time.GetUtcNow()));
    }

    [Fact]
    public async Task Tree_whose_file_was_missed_and_sent_again_for_another_tree_is_not_whole_after_sorting_either()
    {
        await using var layer = new UploadLayer();
        var one = layer.Tree("one", ("a", "shared"), ("b", "b"));
        var other = layer.Tree("other", ("a", "shared"), ("c", "c"));
        await UploadAsync(layer, one, "root of one");
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", other)))
        {
            await session.For(Target).ForgetAsync(session.Files[0]);
            await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));
        }

        (await RecordedAsync(layer, one)).Should().BeNull("as long as the history is there");
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("third", ("d", "d")), Target);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        layer.Log.Should().ContainSingle(line => line.StartsWith("321 ", StringComparison.Ordinal));
        (await RecordedAsync(layer, one)).Should().BeNull();
        await UploadAsync(layer, one, "root of one, again");
        (await RecordedAsync(layer, one))!.RootCid.Should().Be("root of one, again");
    }

    [Fact]
    public async Task Records_of_a_kind_from_a_newer_version_survive_sorting()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a")), Target);
        var unknown = new JournalRecord((JournalKind)'Q', default, layer.Time.GetUtcNow().ToUnixTimeSeconds()).ToLine();
        using (var file = new FileStream(layer.JournalOf(Target), FileMode.Append))
        {
            file.Write(unknown);
            file.Write(unknown);
        }

        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("other", ("d", "d")), Target);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        var text = File.ReadAllText(layer.PathOf(Target, layer.PartsOf(Target)[0]));
        text.Split(" Q ").Should().HaveCount(3, "both are there");
    }

    [Fact, Trait("Found", "M30")]
    public async Task Few_keys_are_found_in_a_sorted_day_without_looking_at_the_other_lines()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 2000).Select(static i => ($"f{i}", $"content {i}"))]);
        await layer.RecordAllAsync("job", tree, Target);
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("other", ("d", "d")), Target);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        var path = layer.PathOf(Target, layer.PartsOf(Target)[0]);
        using var handle = layer.Layer.FileSystem.OpenRead(path);
        var table = PartHeader.Read(handle, TargetName.Of(Target).Short, null, layer.Pulse).Record!.Table!;
        var lines = File.ReadLines(path, Encoding.ASCII).Where(static line => line.Contains(" F ", StringComparison.Ordinal)).ToList();
        lines.Should().HaveCount(2000);
        foreach (var line in lines.Where(static (_, i) => i % 100 == 0))
        {
            JournalRecord.TryPeek(Encoding.ASCII.GetBytes(line), out _, out var key);
            var looked = 0;
            var isFound = false;
            SortedSearch.TryVisit(handle, table, new HashSet<ContentKey> { key }, layer.Pulse, (found, end) =>
            {
                looked += found.Length > 0 ? 1 : 0;
                isFound |= JournalRecord.TryPeek(found, out _, out var at) && at == key;
            }).Should().BeTrue();
            isFound.Should().BeTrue();
            looked.Should().BeLessThan(60);
        }
    }

    [Fact]
    public async Task Table_that_is_damaged_is_read_past()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 500).Select(static i => ($"f{i}", $"content {i}"))]);
        await layer.RecordAllAsync("job", tree, Target);
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("other", ("d", "d")), Target);
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        var path = layer.PathOf(Target, layer.PartsOf(Target)[0]);
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length - 200).Fill((byte)'f');
        File.WriteAllBytes(path, bytes);

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", layer.Tree("few", ("f7", "content 7"), ("f9", "content 9"))));

        UploadSessionTests.Offered(session, Target).Should().Equal("f7", "f9");
    }

    [Fact]
    public async Task Part_that_cannot_be_read_puts_in_doubt_what_was_confirmed_before_it_and_nothing_after()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("before", ("a", "a")), Target);
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("within", ("b", "b")), Target);
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("after", ("c", "c")), Target);
        var unreadable = layer.PathOf(Target, layer.PartsOf(Target)[1]);
        File.Delete(unreadable);
        File.CreateSymbolicLink(unreadable, layer.Root);

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", layer.Tree("all", ("a", "a"), ("b", "b"), ("c", "c"))));

        UploadSessionTests.Offered(session, Target).Should().Equal("c");
    }

    [Fact, Trait("Found", "M28b")]
    public async Task Directory_that_has_a_parts_name_does_not_keep_later_parts_from_being_aged_out()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a")), Target);
        var part = layer.JournalOf(Target);
        Directory.CreateDirectory(layer.PathOf(Target, JournalPart.FirstOf(layer.Time.GetUtcNow().AddDays(-400))));
        layer.Time.Shift = TimeSpan.FromDays(100);

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        File.Exists(part).Should().BeFalse();
    }

    [Fact, Trait("Found", "M28c")]
    public async Task Tree_with_as_many_and_as_long_profiles_as_are_recorded_is_found_again()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        var cids = Enumerable.Range(0, 64).ToDictionary(static i => $"{i:d2}{new string('\u8996', 510)}", static i => "bafy" + new string('x', 100));
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target }))
        {
            await session.CompleteAsync(new UploadResult("root") { Target = Target, ProfileCids = cids });
        }

        await using var again = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree) { Target = Target }, null, CancellationToken.None);

        again.Recorded!.ProfileCids.Should().BeEquivalentTo(cids);
    }

    [MountFact("mount")]
    public async Task Full_disk_leaves_the_day_as_it_was()
    {
        using var mount = Mount.Tmpfs(2);
        await using var layer = new UploadLayer(mount.Path);
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 200).Select(static i => ($"f{i}", $"content {i}"))]);
        await layer.RecordAllAsync("job", tree, Target);
        layer.ClosePart(Target);
        await layer.RecordAllAsync("job", layer.Tree("other", ("d", "d")), Target);
        var yesterday = layer.PathOf(Target, layer.PartsOf(Target)[0]);
        var before = File.ReadAllBytes(yesterday);
        using (var filler = File.Create(Path.Combine(layer.Current.Root, "filler")))
        {
            var block = new byte[4096];
            var fill = () => { while (true) { filler.Write(block); filler.Flush(); } };
            fill.Should().Throw<IOException>();
        }

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        layer.Log.Should().Contain(line => line.StartsWith("323 ", StringComparison.Ordinal));
        File.ReadAllBytes(yesterday).Should().Equal(before);
        Directory.GetFiles(layer.Layer.Staging, "*", SearchOption.AllDirectories).Should().BeEmpty();
        File.Delete(Path.Combine(layer.Current.Root, "filler"));
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        layer.Log.Should().Contain(line => line.StartsWith("321 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Processes_whose_clocks_pass_midnight_at_different_times_lose_nothing_while_a_third_sorts()
    {
        await using var one = new UploadLayer();
        await using var two = new UploadLayer(one.Root);
        await using var sorter = new UploadLayer(one.Root, time: new ShiftedTime { Shift = TimeSpan.FromDays(2) });
        var tree = one.Tree("tree", [.. Enumerable.Range(0, 400).Select(static i => ($"f{i}", $"content {i}"))]);
        using var stop = new CancellationTokenSource();
        var sorted = new TaskCompletionSource();
        var sorting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                sorter.Store.Cleanup(sorter.Pulse, sorter.Time.GetUtcNow());

                // Who closes a part sorts it too, and may be first each time.
                if (sorter.Log.Concat(one.Log).Concat(two.Log).Any(static line => line.StartsWith("321 ", StringComparison.Ordinal)))
                {
                    sorted.TrySetResult();
                }
            }
        });
        var writing = Task.WhenAll(new[] { one, two }.Select((layer, half) => Task.Run(async () =>
        {
            await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
            for (var round = 0; round < 4; round++)
            {
                foreach (var (file, i) in session.Files.Where((_, i) => i % 2 == half).Select(static (file, i) => (file, i)))
                {
                    // Midnight comes four times, for the one in the middle of a round and for the other at its end.
                    layer.Time.Shift = TimeSpan.FromDays(round + (half == 0 && i < 100 ? -1 : 0));
                    await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
                }

                // There is something to sort now. Where the sorter gets no processor the writers would be done before it.
                if (round == 1 && half == 0)
                {
                    await sorted.Task.Guarded();
                }
            }
        })));
        try
        {
            await writing;
        }
        finally
        {
            await stop.CancelAsync();
            await sorting;
        }

        sorter.Log.Should().NotContain(line => line.StartsWith("323 ", StringComparison.Ordinal));
        one.Log.Concat(two.Log).Should().NotContain(line => line.StartsWith("400 ", StringComparison.Ordinal));
        await using var check = new UploadLayer(one.Root, time: new ShiftedTime { Shift = TimeSpan.FromDays(3) });
        check.Current = check.Current with { TrustUploads = TimeSpan.FromDays(10) };
        await using var found = await check.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(found, Target).Should().HaveCount(400);
    }

    [Fact]
    public async Task Part_that_is_deleted_while_it_is_sorted_does_not_come_back()
    {
        var disk = new DeletesWhileItIsSorted();
        await using var layer = new UploadLayer(fileSystem: disk);
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a")), Target);
        layer.ClosePart(Target);
        var parts = layer.PartsOf(Target);
        disk.Delete(layer.PathOf(Target, parts[0]), layer.Layer.Staging);

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        disk.HasDeleted.Should().BeTrue();
        layer.PartsOf(Target).Should().Equal(parts[1]);
        Directory.GetFiles(layer.Layer.Staging, "*", SearchOption.AllDirectories).Should().BeEmpty();
        layer.Log.Should().NotContain(line => line.StartsWith("321 ", StringComparison.Ordinal) || line.StartsWith("323 ", StringComparison.Ordinal));
    }

    private static async Task UploadAsync(UploadLayer layer, string tree, string root)
    {
        await layer.RecordAllAsync("job", tree, Target);
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target });
        await session.CompleteAsync(new UploadResult(root) { Target = Target });
    }

    private static async Task<UploadResult?> RecordedAsync(UploadLayer layer, string tree)
    {
        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);
        return session.Recorded;
    }

    private sealed class RefusesAnOpen : ForwardingFileSystem
    {
        public string? Refused { get; set; }

        public override SafeFileHandle OpenRead(string path)
        {
            if (path == Refused)
            {
                Refused = null;
                throw new IOException("Input/output error", 5);
            }

            return base.OpenRead(path);
        }
    }

    private sealed class DeletesWhileItIsSorted : ForwardingFileSystem
    {
        private string? _part;
        private string _staging = "";

        public bool HasDeleted { get; private set; }

        public void Delete(string part, string staging) => (_part, _staging) = (part, staging);

        public override SafeFileHandle CreateNew(string path, UnixFileMode? mode)
        {
            if (_part is { } part && path.StartsWith(_staging, StringComparison.Ordinal))
            {
                _part = null;
                File.Delete(part);
                HasDeleted = true;
            }

            return base.CreateNew(path, mode);
        }
    }
}
