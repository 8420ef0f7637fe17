using Microsoft.Win32.SafeHandles;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Uploads;

/// <summary>How many of the last confirmations a power cut may cost is a setting; a forget costs none.</summary>
public class ConfirmationsFlushTests
{
    private const string Journal = ".journal";
    private static readonly UploadTarget _target = new("node", "");

    [Fact]
    public async Task Always_has_each_confirmation_on_the_disk_before_the_recording_returns()
    {
        var disk = new CountedFlushes();
        await using var cache = Cache(disk, TimeSpan.Zero);
        await using var session = await OpenAsync(cache);
        foreach (var file in session.Files)
        {
            disk.Flushed.Clear();
            await session.For(_target).RecordFileAsync(file, "bafk" + file.Sha256[..20]);

            disk.HasFlushed(Journal).Should().BeTrue();
        }
    }

    [Fact]
    public async Task OnClose_flushes_nothing_until_the_session_ends()
    {
        var disk = new CountedFlushes();
        await using var cache = Cache(disk, Timeout.InfiniteTimeSpan);
        await using (var session = await OpenAsync(cache))
        {
            await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia");
            await cache.Manager.FlushAsync();

            disk.HasFlushed(Journal).Should().BeFalse();
        }

        await cache.Manager.FlushAsync();
        disk.HasFlushed(Journal).Should().BeTrue();
    }

    [Fact]
    public async Task Duration_flushes_in_the_background_so_long_after_the_first_confirmation()
    {
        var disk = new CountedFlushes();
        var time = new DrivenTime();
        await using var cache = Cache(disk, TimeSpan.FromSeconds(5), time);
        await using var session = await OpenAsync(cache);
        await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia");
        time.Advance(TimeSpan.FromSeconds(4));
        await session.For(_target).RecordFileAsync(session.Files[1], "bafkreib");
        await cache.Manager.FlushAsync();
        disk.HasFlushed(Journal).Should().BeFalse();

        time.Advance(TimeSpan.FromSeconds(1));
        await cache.Manager.FlushAsync();

        disk.HasFlushed(Journal).Should().BeTrue("the first is 5 s old");
    }

    [Fact]
    public async Task Confirmation_that_waits_while_another_flush_runs_is_flushed_by_the_next()
    {
        var disk = new OneLookHangs();
        var time = new DrivenTime();
        await using var cache = Cache(disk, TimeSpan.FromSeconds(5), time);
        await using (var session = await OpenAsync(cache))
        {
            await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia");
            disk.Hang();
            var second = Task.Run(async () => await session.For(_target).RecordFileAsync(session.Files[1], "bafkreib"));
            await disk.Hangs.Guarded();
            time.Advance(TimeSpan.FromSeconds(5));
            while (!disk.HasFlushed(Journal))
            {
                await Task.Yield();
            }

            await cache.Manager.FlushAsync();
            disk.Flushed.Clear();
            disk.GoOn();
            await second;
        }

        await cache.Manager.FlushAsync();
        disk.HasFlushed(Journal).Should().BeTrue("the second was written after the flush");
    }

    [Fact]
    public async Task OnClose_flushes_also_what_was_being_written_when_the_session_ended()
    {
        var disk = new OneLookHangs();
        await using var cache = Cache(disk, Timeout.InfiniteTimeSpan);
        Task recording;
        await using (var session = await OpenAsync(cache))
        {
            disk.Hang();
            recording = Task.Run(async () => await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia"));
            await disk.Hangs.Guarded();
        }

        await cache.Manager.FlushAsync();
        disk.HasFlushed(Journal).Should().BeFalse("nothing is written yet");
        disk.GoOn();
        await recording;

        using var guard = new CancellationTokenSource(HangGuard.Limit);
        while (!disk.HasFlushed(Journal))
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Disk_that_takes_nothing_is_not_asked_again_and_again_once_the_session_ended()
    {
        var disk = new BrokenJournal();
        var time = new DrivenTime();
        await using var cache = Cache(disk, TimeSpan.FromSeconds(5), time);
        await using (var session = await OpenAsync(cache))
        {
            await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia");
            disk.Fails = static path => path.EndsWith(Journal, StringComparison.Ordinal);
            disk.IsBroken = true;
            await session.For(_target).RecordFileAsync(session.Files[1], "bafkreib");
        }

        await cache.Manager.FlushAsync();
        var asked = disk.Appends;
        asked.Should().BeGreaterThan(2, "the end of the session tries again");
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await cache.Manager.FlushAsync();
        }

        disk.Appends.Should().BeLessThanOrEqualTo(asked + 1);
    }

    [Fact]
    public async Task Forget_is_on_the_disk_before_it_returns_whatever_the_setting_says()
    {
        var disk = new CountedFlushes();
        await using var cache = Cache(disk, Timeout.InfiniteTimeSpan);
        await using var session = await OpenAsync(cache);
        await session.For(_target).RecordFileAsync(session.Files[0], "bafkreia");

        await session.For(_target).ForgetAsync(session.Files[0]);

        disk.HasFlushed(Journal).Should().BeTrue();
        disk.HasFlushed("/targets").Should().BeTrue("nobody finds it without its names");
    }

    private static TestCache Cache(CountedFlushes disk, TimeSpan flushAfter, TimeProvider? time = null) =>
        new(settings => settings with { ConfirmationsFlush = flushAfter }, fileSystem: disk, time: time);

    private static async Task<IUploadSession> OpenAsync(TestCache cache)
    {
        var tree = Directory.CreateDirectory(cache.WorkPath("tree")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "a.ts"), "first");
        await File.WriteAllTextAsync(Path.Combine(tree, "b.ts"), "second");
        return await cache.Manager.Uploads.OpenAsync(new UploadRequest("job", tree) { Target = _target });
    }

    /// <summary>The look for the file that switches the cache off comes before each operation.</summary>
    private sealed class OneLookHangs : CountedFlushes
    {
        private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _next;

        public Task Hangs => _hangs.Task;

        public void Hang() => Volatile.Write(ref _next, 1);

        public void GoOn() => _goOn.SetResult();

        public override bool FileExists(string path)
        {
            if (path.EndsWith("/DISABLED", StringComparison.Ordinal) && Interlocked.Exchange(ref _next, 0) == 1)
            {
                _hangs.SetResult();
                _goOn.Task.Wait();
            }

            return base.FileExists(path);
        }
    }

    private sealed class BrokenJournal : CountedFlushes
    {
        private int _appends;

        public int Appends => Volatile.Read(ref _appends);

        public bool IsBroken { get; set; }

        public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
        {
            Interlocked.Increment(ref _appends);
            if (IsBroken)
            {
                throw new IOException("the disk is tired");
            }

            base.Append(handle, content);
        }
    }
}
