using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Storage.Platform;

namespace SmartCache.Prefetch;

/// <summary>
/// Looks once a second at what a download ahead has written, because a downloader need not report anything. One that takes more than it may is ended until a job has joined it;
/// one that shows no sign of life is ended even then, because jobs wait for it.
/// </summary>
internal sealed class PrefetchWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _over = new();
    private readonly EntryLayer _layer;
    private readonly PrefetchRoom _room;
    private readonly PrefetchClaim _claim;
    private readonly string _directory;
    private readonly string? _partial;
    private readonly Task _looking;
    private long _seen;
    private long _grewAt;

    /// <param name="store">The source layer.</param>
    /// <param name="room">How much may be fetched.</param>
    /// <param name="claim">The download's part of that.</param>
    /// <param name="output">The directory that it downloads to, and its partial.</param>
    /// <param name="movedAt">When the downloader reported last.</param>
    /// <param name="tooMuch">Ends it, because there is no room for more.</param>
    /// <param name="stalled">Ends it, because it shows no sign of life.</param>
    public PrefetchWatch(SourceStore store, PrefetchRoom room, PrefetchClaim claim, (string Directory, string? Partial) output, Func<long> movedAt, Action tooMuch, Action stalled)
    {
        (_layer, _room, _claim) = (store.Layer, room, claim);
        (_directory, _partial) = output;
        _grewAt = _layer.Time.GetTimestamp();
        _looking = RunAsync(movedAt, tooMuch, stalled);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task RunAsync(Func<long> movedAt, Action tooMuch, Action stalled)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, _layer.Time);
            while (await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false))
            {
                if (!await MayGoOnAsync().ConfigureAwait(false))
                {
                    tooMuch();
                }

                if (_layer.Time.GetElapsedTime(Math.Max(_grewAt, movedAt())) >= _layer.Settings.Current.LockTimeout)
                {
                    stalled();
                }
            }
        }
        catch (Exception exception) when (!_over.IsCancellationRequested)
        {
            // What nobody looks at has no bound.
            _layer.Boundary.Report("watch a prefetch", exception);
            tooMuch();
        }
    }

    private async ValueTask<bool> MayGoOnAsync()
    {
        var seen = await _layer.Boundary.AttemptAsync("measure", 0L, _ => Written(), _over.Token).ConfigureAwait(false);
        if (seen > _seen)
        {
            (_seen, _grewAt) = (seen, _layer.Time.GetTimestamp());
        }

        _claim.Grow(seen);
        return seen <= _claim.Most && await _room.AllowsAsync(_claim, _over.Token).ConfigureAwait(false);
    }

    // A downloader may write under another name beside its destination, and move it there at the end.
    private long Written()
    {
        var output = FileSystem.ListOrNone(() => _layer.Files.ListFiles(_directory, recursive: true)).Sum(path => _layer.Files.Stat(path)?.Length ?? 0);
        return Math.Max(output, _partial is null ? 0 : _layer.Files.Stat(_partial)?.Length ?? 0);
    }
}
