using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

/// <summary>The journal on disks that hang, fail for a moment or are slow, while another process learns something.</summary>
public class JournalOnBadDisksTests
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly (string, string)[] Content = [("720p/a.ts", "aaa"), ("720p/b.ts", "bbbb"), ("master.m3u8", "m")];

    [Fact]
    public async Task Write_that_hangs_holds_no_later_record()
    {
        using var disk = new HangingWrites();
        await using var layer = new UploadLayer(fileSystem: disk);
        layer.Current = layer.Current with { OperationTimeout = TimeSpan.FromMilliseconds(200) };
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 8).Select(static i => ($"f{i}", $"content {i}"))]);
        var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        var checkpoint = session.For(Target);
        disk.Hang();
        try
        {
            foreach (var file in session.Files)
            {
                await Task.Run(async () => await checkpoint.RecordFileAsync(file, "cid")).WaitAsync(TimeSpan.FromSeconds(20));
            }
        }
        finally
        {
            disk.Dispose();
        }

        await session.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Session_that_ends_while_somebody_is_at_its_journal_leaves_no_file_open(bool appends)
    {
        var disk = new Interrupted();
        await using var layer = new UploadLayer(fileSystem: disk);
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);
        var content = new ConfirmedContent(new HashSet<ContentKey>());
        var (header, line) = (JournalRecord.HeaderOf(Target, 1), new JournalRecord(JournalKind.File, new ContentKey(1, 0, 0, 0), 1) { Cid = "bafy", Length = 1 }.ToLine());
        journal.Append(line, header, layer.Pulse, content);
        OpenJournals(layer).Should().HaveCount(1, "the next record goes there too");

        disk.AtAListing = journal.Dispose;
        if (appends)
        {
            journal.Append(line, header, layer.Pulse, content);
        }
        else
        {
            journal.Follow(layer.Pulse, content);
        }

        disk.AtAListing.Should().BeNull("the end came meanwhile");
        OpenJournals(layer).Should().BeEmpty();
    }

    [Fact]
    public async Task Append_that_is_given_up_while_it_opens_a_part_leaves_none_that_the_next_one_takes_for_looked_at()
    {
        var disk = new SlowOpening();
        await using var layer = new UploadLayer(fileSystem: disk);
        var key = new ContentKey(1, 0, 0, 0);
        var (header, line) = (JournalRecord.HeaderOf(Target, 1), new JournalRecord(JournalKind.File, key, 1) { Cid = "bafy", Length = 1 }.ToLine());
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);
        var content = new ConfirmedContent(new HashSet<ContentKey>());
        var givenUp = OperationPulse.Unwatched(CancellationToken.None);
        disk.AtAnOpening = givenUp.Abandon;

        FluentActions.Invoking(() => journal.Append(line, header, givenUp, content)).Should().Throw<OperationCanceledException>();
        journal.Append(line, header, layer.Pulse, content);

        using var other = new TargetJournal(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);
        var found = new ConfirmedContent(new HashSet<ContentKey> { key });
        other.Follow(layer.Pulse, found);
        found.File(key, 1).Should().NotBeNull("the part has its header, and others can read it");
        other.Header!.TargetId.Should().Be("node");
    }

    [Fact]
    public async Task Target_named_after_the_end_of_its_session_leaves_no_file_open()
    {
        await using var layer = new UploadLayer();
        var session = await layer.Store.OpenAsync(new UploadRequest("job", layer.Tree("tree", Content)));
        await session.DisposeAsync();

        await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));

        OpenJournals(layer).Should().BeEmpty();
        File.ReadAllText(layer.JournalOf(Target)).Should().Contain(UploadLayer.CidOf(session.Files[0]), "what is confirmed is kept, whenever it is said");
    }

    [Fact]
    public async Task Newest_part_that_could_not_be_read_once_is_read_again_before_a_tree_counts_as_whole()
    {
        var disk = new FailingReads();
        await using var layer = new UploadLayer(fileSystem: disk);
        await using var other = new UploadLayer(layer.Root);
        var tree = layer.Tree("tree", Content);
        await other.RecordAllAsync("first", tree, Target);
        disk.Fails = true;
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target }))
        {
            UploadSessionTests.Offered(session, Target).Should().BeEmpty("what was not read may take back anything");
            disk.Fails = false;
            foreach (var file in session.Files)
            {
                await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
            }

            UploadSessionTests.Offered(session, Target).Should().HaveCount(3);
            await using (var knowing = await other.Store.OpenAsync(new UploadRequest("other", tree) { Target = Target }))
            {
                await knowing.For(Target).ForgetAsync(knowing.Files[0]);
            }

            await session.CompleteAsync(new UploadResult("root") { Target = Target });
        }

        await using var next = await other.Store.OpenSessionAsync(new UploadRequest("next", tree) { Target = Target }, null, default);
        next.Recorded.Should().BeNull("a file of it is known to be missing");
        UploadSessionTests.Offered(next, Target).Should().NotContain("720p/a.ts");
    }

    [Fact]
    public async Task Forget_that_could_not_be_written_holds_after_its_session_and_is_written_by_the_next_record()
    {
        var disk = new FailingAppends();
        await using var layer = new UploadLayer(fileSystem: disk);
        await using var other = new UploadLayer(layer.Root);
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("first", tree, Target);
        disk.Fails = true;
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).ForgetAsync(session.Files[0]);
        }

        await using (var next = await layer.Store.OpenAsync(new UploadRequest("next", tree)))
        {
            UploadSessionTests.Offered(next, Target).Should().HaveCount(2).And.NotContain("720p/a.ts");
        }

        await layer.Saves.FlushAsync(CancellationToken.None);
        disk.Fails = false;
        await layer.RecordAllAsync("later", layer.Tree("later", ("c", "c")), Target);

        await using var elsewhere = await other.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(elsewhere, Target).Should().HaveCount(2).And.NotContain("720p/a.ts");
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_when_the_session_ends()
    {
        var disk = new FailingAppends();
        await using var layer = new UploadLayer(fileSystem: disk);
        await using var other = new UploadLayer(layer.Root);
        var tree = layer.Tree("tree", Content);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            disk.Fails = true;
            foreach (var file in session.Files)
            {
                await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
            }

            disk.Fails = false;
        }

        await layer.Saves.FlushAsync(CancellationToken.None);

        await using var next = await other.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(next, Target).Should().HaveCount(3);
    }

    [Fact]
    public async Task Append_that_ends_after_its_session_leaves_no_file_open()
    {
        using var disk = new HangingWrites();
        await using var layer = new UploadLayer(fileSystem: disk);
        layer.Layer.EnsureOpen();
        var content = new ConfirmedContent(new HashSet<ContentKey> { new(1, 0, 0, 0) });
        var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);
        var line = new JournalRecord(JournalKind.ForgottenFile, new ContentKey(1, 0, 0, 0), 1).ToLine();
        disk.Hang();
        disk.Breaks = true;
        var appending = Task.Run(() => journal.Append(line, JournalRecord.HeaderOf(Target, 1), layer.Pulse, content));
        await disk.Hangs.Guarded();
        journal.Dispose();
        disk.Dispose();

        await ((Func<Task>)(() => appending)).Should().ThrowAsync<IOException>();
        Directory.GetFiles("/proc/self/fd").Select(static path => new FileInfo(path).LinkTarget).Should().NotContain(layer.JournalOf(Target));
    }

    [Fact]
    public async Task Flush_of_a_forget_does_not_take_another_flush_that_is_under_way_for_done()
    {
        using var disk = new FirstFlushHangs();
        await using var layer = new UploadLayer(fileSystem: disk);
        layer.Layer.EnsureOpen();
        var content = new ConfirmedContent(new HashSet<ContentKey> { new(1, 0, 0, 0) });
        using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short, TargetName.Of(Target).Key, layer.Time);
        journal.Append(new JournalRecord(JournalKind.ForgottenFile, new ContentKey(1, 0, 0, 0), 1).ToLine(), JournalRecord.HeaderOf(Target, 1), layer.Pulse, content);
        disk.Hang();
        var background = Task.Run(journal.Flush);
        await disk.Hangs.Guarded();

        await Task.Run(journal.Flush).Guarded();

        disk.Flushed.Should().Contain(layer.JournalOf(Target));
        disk.Dispose();
        await background.Guarded();
    }

    [Fact]
    public async Task Skipped_tree_that_another_process_found_missing_meanwhile_is_not_recorded_again()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await using (var first = await layer.Store.OpenAsync(new UploadRequest("first", tree)))
        {
            foreach (var file in first.Files)
            {
                await first.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
            }

            await first.CompleteAsync(new UploadResult("root") { Target = Target });
        }

        await using (var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default))
        {
            session.Recorded.Should().NotBeNull();
            await using (var other = new UploadLayer(layer.Root, new LostRoot(), new ShiftedTime { Shift = TimeSpan.FromHours(2) }))
            await using (var asking = await other.Store.OpenSessionAsync(new UploadRequest("other", tree), null, default))
            {
                asking.Recorded.Should().BeNull();
            }

            await session.CompleteAsync(session.Recorded!);
        }

        await using var next = await layer.Store.OpenSessionAsync(new UploadRequest("next", tree), null, default);
        next.Recorded.Should().BeNull("the target has said that it lacks the root, and nothing was sent since");
    }

    [Fact]
    public async Task Directory_that_a_clean_up_removes_right_before_the_first_record_is_made_again()
    {
        await using var layer = new UploadLayer(fileSystem: new CleanedUpAtOnce());
        var tree = layer.Tree("tree", ("a", "a"));
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).RecordFileAsync(session.Files[0], "cid");
            File.Exists(layer.JournalOf(Target)).Should().BeTrue("a record is kept once the call returned");
        }

        layer.Log.Should().NotContain(line => line.StartsWith("400 ", StringComparison.Ordinal));
    }

    /// <summary>The window is a few microseconds: between the look at the file and the decision whether to wait.</summary>
    [Fact]
    public void File_whose_time_becomes_a_witness_while_it_is_looked_at_counts_as_one()
    {
        var path = Path.GetTempFileName();
        try
        {
            for (var i = 0; i < 1_000; i++)
            {
                File.WriteAllText(path, $"content {i}");
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow - TimeSpan.FromMilliseconds(10) + TimeSpan.FromMicroseconds(i % 400));

                new ContentHasher(FileSystem.Current).HashFile(path, OperationPulse.Unwatched(CancellationToken.None), out var facts);

                facts.IsSettled.Should().BeTrue("it was waited for (round {0})", i);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<string> OpenJournals(UploadLayer layer) =>
        Directory.GetFiles("/proc/self/fd").Select(static descriptor => new FileInfo(descriptor).LinkTarget ?? "").Where(path => path.StartsWith(layer.Root, StringComparison.Ordinal) && path.Contains(".journal", StringComparison.Ordinal));

    /// <summary>Has another thread do something, once, while a directory is listed.</summary>
    private sealed class Interrupted : ForwardingFileSystem
    {
        public Action? AtAListing { get; set; }

        public override IEnumerable<string> List(string directory, bool recursive = false)
        {
            if (AtAListing is { } work)
            {
                AtAListing = null;
                var other = new Thread(() => work());
                other.Start();
                other.Join();
            }

            return base.List(directory, recursive);
        }
    }

    private sealed class SlowOpening : ForwardingFileSystem
    {
        public Action? AtAnOpening { get; set; }

        public override SafeFileHandle OpenAppend(string path, UnixFileMode mode)
        {
            var opened = base.OpenAppend(path, mode);
            AtAnOpening?.Invoke();
            AtAnOpening = null;
            return opened;
        }
    }

    private sealed class CleanedUpAtOnce : ForwardingFileSystem
    {
        private int _done;

        public override SafeFileHandle OpenAppend(string path, UnixFileMode mode)
        {
            if (Interlocked.Exchange(ref _done, 1) == 0)
            {
                Directory.Delete(Path.GetDirectoryName(path)!);
            }

            return base.OpenAppend(path, mode);
        }
    }

    private sealed class LostRoot : IUploadPresence
    {
        public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(cid == "root" ? Presence.Missing : Presence.Present);
    }

    private sealed class HangingWrites : ForwardingFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _answers = new(true);
        private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Hangs => _hangs.Task;

        /// <summary>What hung fails.</summary>
        public bool Breaks { get; set; }

        public void Hang() => _answers.Reset();

        public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
        {
            if (!_answers.IsSet)
            {
                _hangs.TrySetResult();
            }

            _answers.Wait();
            if (Breaks)
            {
                throw new IOException("the disk is tired");
            }

            base.Append(handle, content);
        }

        public void Dispose() => _answers.Set();
    }

    private sealed class FailingAppends : ForwardingFileSystem
    {
        public bool Fails { get; set; }

        public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
        {
            if (Fails)
            {
                throw new IOException("the disk is tired");
            }

            base.Append(handle, content);
        }
    }

    private sealed class FailingReads : ForwardingFileSystem
    {
        public bool Fails { get; set; }

        public override SafeFileHandle OpenRead(string path) =>
            Fails && path.EndsWith(".journal", StringComparison.Ordinal) ? throw new IOException("Too many open files") : base.OpenRead(path);
    }

    private sealed class FirstFlushHangs : ForwardingFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _answers = new(false);
        private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _next;

        public Task Hangs => _hangs.Task;

        public ConcurrentQueue<string> Flushed { get; } = new();

        public void Hang() => Volatile.Write(ref _next, 1);

        public override void Flush(string path)
        {
            if (Interlocked.Exchange(ref _next, 0) == 1)
            {
                _hangs.SetResult();
                _answers.Wait();
            }

            base.Flush(path);
            Flushed.Enqueue(path);
        }

        public void Dispose() => _answers.Set();
    }
}
