using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>Whoever holds a lease waits for a hung disk no longer than it wants to.</summary>
public sealed class HungLeaseTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);
    private static readonly SourceKey Key = SourceKey.From(new DownloadRequest(TestJob.Url, "/x"));

    [Fact]
    public async Task Materialize_on_a_hung_disk_ends_when_its_caller_cancels()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(fileSystem: disk);
        await using var lease = await cache.Manager.Sources.GetOrAddAsync(Key, static (path, token) => File.WriteAllBytesAsync(path, Video, token));
        using var caller = new CancellationTokenSource();
        disk.Hang();

        var given = lease.MaterializeAsync(cache.WorkPath("out.mp4"), caller.Token);
        await UntilAsync(() => disk.Waiting > 0);
        await caller.CancelAsync();

        await given.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>();
        disk.Answer();
    }

    [Fact]
    public async Task IsIntact_of_what_could_not_be_kept_ends_when_its_caller_cancels()
    {
        using var disk = new HangingLook();
        await using var cache = new TestCache(settings => settings with { SourcesMode = LayerMode.Off }, fileSystem: disk);
        await using var lease = await cache.Manager.Sources.GetOrAddAsync(Key, static (path, token) => File.WriteAllBytesAsync(path, Video, token));
        using var caller = new CancellationTokenSource();
        disk.HangsAt = lease.Path;

        // On a thread of its own, for the caller's must not be taken either.
        var asked = Task.Run(() => lease.IsIntactAsync(caller.Token).AsTask());
        await disk.Asked.Guarded();
        await caller.CancelAsync();

        await asked.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>();
        disk.Dispose();
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var guard = new CancellationTokenSource(HangGuard.Limit);
        while (!isSo())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A look at one file does not come back until this is disposed of.</summary>
    private sealed class HangingLook : ForwardingFileSystem, IDisposable
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? HangsAt { get; set; }

        public Task Asked => _asked.Task;

        public override bool FileExists(string path)
        {
            if (path == HangsAt)
            {
                _asked.TrySetResult();
                _answers.Task.Wait();
            }

            return base.FileExists(path);
        }

        public void Dispose() => _answers.TrySetResult();
    }
}
