using System.Collections.Concurrent;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>
/// A worker's downloader on an origin that a test holds in its hands: each URL has a content of its own, is given in two halves with a gate between them where there is one, and goes on
/// from a partial. What was read of it, and how each download ended, is noted.
/// </summary>
internal sealed class AheadOrigin(int length = 40_000) : IVideoDownloader
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = new();
    private readonly ConcurrentDictionary<string, long> _read = new();
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>The URLs, in the order in which their downloads began.</summary>
    public IReadOnlyList<string> Order => [.. _order];

    /// <summary>How many downloads were ended by their caller.</summary>
    public int Cancelled;

    /// <summary>What each download fails with.</summary>
    public Func<string, Exception?> Fails { get; set; } = static _ => null;

    /// <summary>Waits in each download, after the gate.</summary>
    public Func<string, CancellationToken, Task>? Takes { get; set; }

    public bool KeepsPartials { get; set; }

    public byte[] Content(string url) => Bytes.Random(length, url.GetHashCode(StringComparison.Ordinal));

    public long ReadOf(string url) => _read.GetValueOrDefault(url);

    /// <summary>Closes a gate in the middle of a URL.</summary>
    public TaskCompletionSource Hold(string url) => _gates[url] = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Forgets that it began, and its gate.</summary>
    public void Release(string url)
    {
        _begun.TryRemove(url, out _);
        _gates.TryRemove(url, out var gate);
        gate?.TrySetResult();
    }

    /// <summary>Done when the first half of a download was given.</summary>
    public Task BegunAsync(string url) => Begun(url).Task.Guarded();

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var url = request.Source;
        _order.Enqueue(url);
        if (Fails(url) is { } failure)
        {
            throw failure;
        }

        var content = Content(url);
        var partial = KeepsPartials ? request.PartialPath : null;
        var done = partial is not null && File.Exists(partial) ? (int)new FileInfo(partial).Length : 0;
        try
        {
            done = Read(url, content, done, Math.Max(done, content.Length / 2), partial, progress);
            Begun(url).TrySetResult();
            if (_gates.TryGetValue(url, out var gate))
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            if (Takes is not null)
            {
                await Takes(url, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Read(url, content, done, content.Length, partial, progress);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref Cancelled);
            throw;
        }

        File.Delete(request.DestinationPath);
        await File.WriteAllBytesAsync(request.DestinationPath, content, CancellationToken.None);
        if (partial is not null)
        {
            File.Delete(partial);
        }

        return new DownloadedVideo(request.DestinationPath, content.Length);
    }

    private int Read(string url, byte[] content, int from, int to, string? partial, IProgress<StageProgress>? progress)
    {
        _read.AddOrUpdate(url, to - from, (_, read) => read + to - from);
        if (partial is not null)
        {
            File.WriteAllBytes(partial, content[..to]);
        }

        progress?.Report(new StageProgress("download") { Bytes = to, TotalBytes = content.Length });
        return to;
    }

    private TaskCompletionSource Begun(string url) => _begun.GetOrAdd(url, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
