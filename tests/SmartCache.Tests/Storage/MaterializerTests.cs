using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>On whatever the temporary directory lies on, with the way set so that it makes no difference.</summary>
public class MaterializerTests
{
    private const string Name = Entries.Name;
    private static readonly byte[] _bytes = Bytes.Random(300_000);

    [Fact]
    public async Task File_that_nobody_shares_is_linked_once_and_copied_afterwards()
    {
        await using var cache = Linking();
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;

        Materialize(cache, lease, "one").Should().Be(MaterializedBy.HardLink);
        Materialize(cache, lease, "two").Should().Be(MaterializedBy.Copy, "two jobs must never share a file");
        File.Delete(cache.WorkPath("one"));
        Materialize(cache, lease, "three").Should().Be(MaterializedBy.HardLink, "the first job has deleted its link");

        File.ReadAllBytes(cache.WorkPath("two")).Should().Equal(_bytes);
        File.ReadAllBytes(cache.WorkPath("three")).Should().Equal(_bytes);
    }

    [Fact]
    public async Task File_that_somebody_else_leases_is_copied()
    {
        await using var cache = Linking();
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        using (cache.TryLease(Name, out _))
        {
            Materialize(cache, lease, "one").Should().Be(MaterializedBy.Copy);
        }

        Materialize(cache, lease, "two").Should().Be(MaterializedBy.HardLink);
    }

    [Fact]
    public async Task File_that_another_process_leases_is_copied()
    {
        await using var cache = Linking();
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        using var worker = StorageWorker.Start("lease", cache.CacheRoot(), Name);
        (await worker.ReadLineAsync()).Should().Be("leased");

        Materialize(cache, lease, "one").Should().Be(MaterializedBy.Copy);

        await worker.KillAsync();
        Materialize(cache, lease, "two").Should().Be(MaterializedBy.HardLink);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Job_that_writes_into_its_file_reaches_neither_another_job_nor_a_later_hit(bool writesIntoTheLink)
    {
        await using var cache = Linking();
        using (var lease = cache.Publish(Name, ("source.bin", _bytes))!)
        {
            Materialize(cache, lease, "link").Should().Be(MaterializedBy.HardLink);
            Materialize(cache, lease, "copy").Should().Be(MaterializedBy.Copy);
        }

        Entries.Overwrite(cache.WorkPath(writesIntoTheLink ? "link" : "copy"), 150_000);

        File.ReadAllBytes(cache.WorkPath(writesIntoTheLink ? "copy" : "link")).Should().Equal(_bytes);
        using var later = cache.TryLease(Name, out _);
        if (writesIntoTheLink)
        {
            later.Should().BeNull("the entry shares the link's bytes, and must notice");
        }
        else
        {
            Materialize(cache, later!, "later");
            File.ReadAllBytes(cache.WorkPath("later")).Should().Equal(_bytes);
        }
    }

    [Fact]
    public async Task Job_that_writes_into_its_link_while_the_lease_is_held_spoils_no_second_job()
    {
        await using var cache = Linking();
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        Materialize(cache, lease, "one").Should().Be(MaterializedBy.HardLink);
        Entries.Overwrite(cache.WorkPath("one"), 150_000);

        var act = () => Materialize(cache, lease, "two");

        act.Should().Throw<EntryChangedException>();
        File.Exists(cache.WorkPath("two")).Should().BeFalse();
        Directory.EnumerateFiles(cache.Work).Should().ContainSingle("no half of a copy is left");
    }

    [Theory]
    [InlineData("Copy", "file")]
    [InlineData("Copy", "symlink")]
    [InlineData("Copy", "hard link")]
    [InlineData("HardLink", "file")]
    [InlineData("HardLink", "symlink")]
    [InlineData("HardLink", "hard link")]
    public async Task What_lies_at_the_destination_is_replaced_and_never_written_through(string mode, string kind)
    {
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(mode) });
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        var other = cache.WorkPath("other");
        File.WriteAllText(other, "untouched");
        var destination = cache.WorkPath("one");
        switch (kind)
        {
            case "file":
                File.WriteAllText(destination, "old");
                break;
            case "symlink":
                File.CreateSymbolicLink(destination, other);
                break;
            default:
                FileSystem.Current.TryLink(other, destination).Should().BeTrue();
                break;
        }

        Materialize(cache, lease, "one").ToString().Should().Be(mode);

        new FileInfo(destination).LinkTarget.Should().BeNull();
        File.ReadAllBytes(destination).Should().Equal(_bytes);
        File.ReadAllText(other).Should().Be("untouched");
    }

    [Fact]
    public async Task Copy_has_the_workers_own_mode_and_no_name_until_it_is_whole()
    {
        await using var cache = new TestCache(settings => settings with { Materialize = MaterializeMode.Copy });
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        File.WriteAllText(cache.WorkPath("plain"), "");

        Materialize(cache, lease, "one").Should().Be(MaterializedBy.Copy);

        Entries.ModeOf(cache.WorkPath("one")).Should().Be(Entries.ModeOf(cache.WorkPath("plain")));
        Entries.ModeOf(cache.PathOf(Name)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Failure_half_way_takes_back_what_was_placed_and_nothing_else()
    {
        await using var cache = new TestCache(settings => settings with { Materialize = MaterializeMode.Copy });
        using var lease = cache.Publish(Name, ("a.ts", _bytes), ("b.ts", _bytes), ("c.ts", _bytes))!;
        File.WriteAllText(cache.WorkPath("mine"), "the worker's");
        Directory.CreateDirectory(cache.WorkPath("c.ts"));
        File.WriteAllText(cache.WorkPath("c.ts/inside"), "in the way");

        var act = () => Files(cache, lease, Entries.Pulse);

        act.Should().Throw<Exception>().Where(exception => exception is IOException || exception is UnauthorizedAccessException);
        Directory.EnumerateFileSystemEntries(cache.Work).Select(path => Path.GetFileName(path)).Order().Should().Equal("c.ts", "mine");
    }

    [Fact]
    public async Task Operation_that_was_given_up_leaves_the_files_alone_that_the_encoder_has_written_meanwhile()
    {
        await using var cache = new TestCache(settings => settings with { Materialize = MaterializeMode.Copy });
        using var lease = cache.Publish(Name, ("a.ts", _bytes), ("b.ts", _bytes), ("c.ts", _bytes))!;
        var clock = new InterruptingTime();
        var pulse = new OperationPulse(clock, CancellationToken.None);
        clock.WhenAsked = () =>
        {
            if (!File.Exists(cache.WorkPath("b.ts")))
            {
                return;
            }

            // The disk hung here for longer than OperationTimeout: the job went on and encodes.
            clock.WhenAsked = null;
            pulse.Abandon();
            File.WriteAllText(cache.WorkPath("a.ts"), "encoded");
            File.WriteAllText(cache.WorkPath("c.ts"), "encoded");
        };

        var act = () => Files(cache, lease, pulse);

        act.Should().Throw<OperationCanceledException>();
        Directory.EnumerateFiles(cache.Work).Select(path => Path.GetFileName(path)).Order().Should().Equal("a.ts", "c.ts");
        File.ReadAllText(cache.WorkPath("a.ts")).Should().Be("encoded");
        File.ReadAllText(cache.WorkPath("c.ts")).Should().Be("encoded");
    }

    [Theory]
    [Trait("Found", "M23")]
    [InlineData("HardLink")]
    [InlineData("Copy")]
    public async Task Destination_with_the_longest_name_that_there_is_hits(string mode)
    {
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(mode) });
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        var longest = new string('n', 251) + ".mp4";

        Materialize(cache, lease, longest).ToString().Should().Be(mode);

        File.ReadAllBytes(cache.WorkPath(longest)).Should().Equal(_bytes);
        Directory.EnumerateFileSystemEntries(cache.Work).Should().ContainSingle();
    }

    /// <summary>On a disk that hung meanwhile the stage runs already, and what lies at the destination, or will, is the stage's own.</summary>
    [Theory]
    [InlineData(At.LookAtDestination)]
    [InlineData(At.LookAtEntry)]
    [InlineData(At.Link)]
    [InlineData(At.LookAfterLink)]
    public async Task Operation_that_was_given_up_in_the_middle_of_a_call_leaves_the_destination_to_the_stage(At at)
    {
        using var disk = new DiskThatHangs();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: disk);
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        var destination = cache.WorkPath("one");
        disk.At = (at, lease.PathOf(lease.Manifest.Content.Files[0]), destination);
        var pulse = new OperationPulse(TimeProvider.System, CancellationToken.None);

        var given = Task.Run(() => cache.Layer().Materializer.File(lease, 0, destination, pulse));
        disk.Hangs.Wait(HangGuard.Limit).Should().BeTrue();
        pulse.Abandon();
        var isThere = at == At.LookAtDestination;
        if (isThere)
        {
            File.WriteAllText(destination, "the stage's own");
        }

        disk.Answer();

        await given.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>();
        File.Exists(destination).Should().Be(isThere);
        Directory.EnumerateFiles(cache.Work).Should().HaveCount(isThere ? 1 : 0);
    }

    [Fact]
    public async Task Files_of_which_one_had_to_be_copied_are_told_to_be_copied()
    {
        await using var cache = Linking();
        using var lease = cache.Publish(Name, ("a.ts", _bytes), ("b.ts", _bytes), ("c.ts", _bytes))!;
        FileSystem.Current.TryLink(cache.PathOf(Name, "b.ts"), cache.WorkPath("another job's")).Should().BeTrue();

        Files(cache, lease, Entries.Pulse).Should().Be(MaterializedBy.Copy);

        FileSystem.Current.Stat(cache.WorkPath("a.ts"))!.Value.Links.Should().Be(2);
        FileSystem.Current.Stat(cache.WorkPath("b.ts"))!.Value.Links.Should().Be(1);
    }

    [Theory]
    [InlineData("HardLink")]
    [InlineData("Copy")]
    public async Task Hash_of_a_jobs_file_is_known_without_reading_it(string how)
    {
        await using var publisher = new TestCache();
        publisher.Put(Name, _bytes);

        // Another process: whoever published has hashed the entry.
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(how) }, root: publisher.Root);
        using var lease = cache.TryLease(Name, out _)!;
        Materialize(cache, lease, "one").Should().Be(Enum.Parse<MaterializedBy>(how));

        cache.Layer().Hasher.Recall(FileSystem.Current.Stat(cache.WorkPath("one"))!.Value).Should().Be(lease.Manifest.Content.Files[0].Sha256);
    }

    [Fact]
    public async Task Write_into_the_entry_while_it_is_copied_gives_the_job_nothing()
    {
        var disk = new WritesAfterTheLook();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.Copy }, fileSystem: disk);
        using var lease = cache.Publish(Name, ("source.bin", _bytes))!;
        disk.Of = cache.PathOf(Name);

        var act = () => Materialize(cache, lease, "one");

        act.Should().Throw<EntryChangedException>();
        disk.Of.Should().BeNull("it was written to");
        Directory.EnumerateFileSystemEntries(cache.Work).Should().BeEmpty();
    }

    [Fact]
    public async Task File_that_the_disk_does_not_give_is_read_whole_by_the_next_look_up()
    {
        var disk = new UnreadableFile();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.Copy }, fileSystem: disk);
        using (var lease = cache.Publish(Name, ("source.bin", _bytes))!)
        {
            disk.Of = cache.PathOf(Name);
            lease.Invoking(it => Materialize(cache, it, "one")).Should().Throw<IOException>().Which.HResult.Should().Be(UnreadableFile.Eio);
        }

        // The disk gives it again, but not what was written.
        disk.Of = null;
        Entries.FlipSilently(cache.PathOf(Name));

        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.Damaged);
        Directory.EnumerateFileSystemEntries(cache.Work).Should().BeEmpty();
    }

    /// <summary>Somebody writes right after the first look at the open file.</summary>
    private sealed class WritesAfterTheLook : ForwardingFileSystem
    {
        private SafeFileHandle? _open;

        public string? Of { get; set; }

        public override SafeFileHandle OpenRead(string path)
        {
            var handle = base.OpenRead(path);
            if (path == Of)
            {
                _open = handle;
            }

            return handle;
        }

        public override FileFacts Stat(SafeFileHandle handle)
        {
            var facts = base.Stat(handle);
            if (Of is { } path && handle == _open)
            {
                Of = null;
                Entries.Overwrite(path);
            }

            return facts;
        }
    }

    private sealed class UnreadableFile : ForwardingFileSystem
    {
        public const int Eio = 5;

        public string? Of { get; set; }

        public override SafeFileHandle OpenRead(string path) => path == Of ? throw new IOException("Input/output error", Eio) : base.OpenRead(path);
    }

    public enum At
    {
        LookAtDestination,
        LookAtEntry,
        Link,
        LookAfterLink,
    }

    private sealed class DiskThatHangs : ForwardingFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _answers = new();
        private volatile bool _isLinked;

        public (At Call, string Entry, string Destination)? At { get; set; }

        public ManualResetEventSlim Hangs { get; } = new();

        public void Answer() => _answers.Set();

        public void Dispose() => Answer();

        public override FileFacts? Stat(string path)
        {
            WaitAt(At is { } at && (at.Call switch
            {
                MaterializerTests.At.LookAtDestination => path == at.Destination,
                MaterializerTests.At.LookAtEntry => path == at.Entry,
                MaterializerTests.At.LookAfterLink => path == at.Entry && _isLinked,
                _ => false,
            }));
            return base.Stat(path);
        }

        public override bool TryLink(string existing, string link)
        {
            WaitAt(At?.Call == MaterializerTests.At.Link);
            return _isLinked = base.TryLink(existing, link);
        }

        private void WaitAt(bool isHere)
        {
            if (isHere && !_answers.IsSet)
            {
                Hangs.Set();
                _answers.Wait(HangGuard.Limit);
            }
        }
    }

    private static TestCache Linking() => new(settings => settings with { Materialize = MaterializeMode.HardLink });

    private static MaterializedBy Materialize(TestCache cache, EntryLease lease, string name) =>
        cache.Layer().Materializer.File(lease, 0, cache.WorkPath(name), Entries.Pulse);

    private static MaterializedBy Files(TestCache cache, EntryLease lease, OperationPulse pulse) =>
        cache.Layer().Materializer.Files(lease, [(0, "a.ts"), (1, "b.ts"), (2, "c.ts")], cache.Work, pulse);
}
