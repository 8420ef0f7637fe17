using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// Fetches one pack into files, checking it on the way. The first range carries the header and what follows it; the rest comes as one range, or in several at once where it is
/// large and the first one came slowly, all pinned to the tag of the first answer. Nobody waits for the whole: it is given up as soon as no byte moves for
/// <c>StallTimeout</c>, or the rest would take longer than most of the work it spares.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Disposed of at the end of RunAsync, however that ends.")]
internal sealed class PackTransfer(RemoteLink link, FileSystem system, Pace pace, PackRequest request, IProgress<StageProgress>? progress)
{
    private const int FirstBytes = 8 << 20;
    private const int RangeBytes = 16 << 20;
    private const int AtOnce = 4;

    // Measured on loopback: below this the second look at the bytes costs more than several connections gain.
    private const long MostInOne = 64 << 20;

    /// <summary>Bytes a second: about what a line of a gigabit carries. Several connections would gain little there, and cost the second look at the bytes.</summary>
    private const double FastEnough = 100e6;

    /// <summary>So much over one connection, before it is asked again whether that is fast: stores let some megabytes pass sooner than what follows.</summary>
    private const long PieceBytes = 256 << 20;

    /// <summary>So long the answer to a question in advance may lie unread: an engine closes what it cannot send for a minute, and some are less patient.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(10);

    /// <summary>Of the work's cost: what takes longer is not worth it.</summary>
    private const double WorthShare = 0.8;

    /// <summary>Before this nothing is known of the speed.</summary>
    private static readonly TimeSpan JudgeAfter = TimeSpan.FromSeconds(1);

    private readonly long _began = link.Time.GetTimestamp();
    private PackSink? _sink;
    private ManifestContent? _content;
    private ObjectEntry? _entry;
    private long _payloadAt;
    private long _moved;
    private long _firstByteAt;
    private long _reportedAt;
    private int _writing;

    /// <summary>The object's tag, once it is known.</summary>
    public string? Tag => _entry?.Tag;

    /// <summary>Fetches it. Whatever it gives, nothing is left behind but a whole pack.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled; nothing is left behind.</exception>
    /// <exception cref="WrongPackException">It is proven wrong; nothing is left behind.</exception>
    public async Task<FetchedPack> RunAsync(CancellationToken cancellationToken)
    {
        // Looks at the local disk, which may take longer than the store may.
        if (await link.RestsAsync(link.Reads, cancellationToken).ConfigureAwait(false))
        {
            return new FetchedPack(RemoteResult.Resting);
        }

        // The answer has to begin within LookupTimeout, and its header to be there soon after; from then on it is progress that counts.
        using var guard = new StallGuard(link.Settings.LookupTimeout, link.Time, cancellationToken);
        try
        {
            var result = await FetchAsync(guard, cancellationToken).ConfigureAwait(false);
            if (result == RemoteResult.Found)
            {
                _sink!.Dispose();
                return new FetchedPack(result) { Content = _content, Bytes = _sink.Length, Took = link.Time.GetElapsedTime(_began), Tag = Tag, Modified = _entry!.Modified, TakeBack = _sink.TakeBack };
            }

            _sink?.TakeBack();
            return new FetchedPack(result);
        }
        catch (Exception exception)
        {
            _sink?.TakeBack();
            return exception switch
            {
                _ when cancellationToken.IsCancellationRequested => throw new OperationCanceledException(cancellationToken),
                WrongPackException => Rethrow(exception),
                NewerFormatException => new FetchedPack(RemoteResult.Newer),
                TooSlowException => new FetchedPack(RemoteResult.TooSlow),
                DiskException => new FetchedPack(RemoteResult.NoRoom),
                ChangedObjectException => new FetchedPack(RemoteResult.Refused),
                _ => new FetchedPack(link.Note(exception, guard, link.Reads)),
            };
        }
    }

    private static FetchedPack Rethrow(Exception exception)
    {
        ExceptionDispatchInfo.Throw(exception);
        return null!;
    }

    private async Task<RemoteResult> FetchAsync(StallGuard guard, CancellationToken cancellationToken)
    {
        var name = link.NameOf(request.Object);
        var answer = await link.AskAsync(
            "get", link.Reads, guard, (store, token) => store.GetAsync(name, new ObjectRange(0, FirstBytes), null, token), cancellationToken).ConfigureAwait(false);
        if (answer.Value is not { } first)
        {
            return answer.Result;
        }

        // A header may be longer than the first range.
        using var stream = new JoinedRanges(first, range => OpenAsync(name, range, guard.Token), guard);
        _entry = first.Entry;
        guard.Moved(link.PatienceOfJobs(PackFormat.FixedLength));
        if (first.Length != Math.Min(first.Entry.Length, FirstBytes))
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "The range has another length than was asked for.");
        }

        using var buffer = new TransferBuffer();
        await ReadHeadAsync(stream, buffer, guard).ConfigureAwait(false);
        guard.Moved(link.Settings.StallTimeout);
        if (request.Place(_content!) is not { } paths || paths.Count != _content!.Files.Count)
        {
            throw new WrongPackException("it is not what was asked for");
        }

        if (request.Reserve is { } reserve)
        {
            // What has to go first takes its time, and the store waits for it.
            guard.Moved(Timeout.InfiniteTimeSpan);
            if (!await reserve(_content, cancellationToken).ConfigureAwait(false))
            {
                return RemoteResult.NoRoom;
            }

            guard.Moved(link.Settings.StallTimeout);
        }

        // What made room, or came before the first file's byte, says nothing of the store's speed.
        _firstByteAt = link.Time.GetTimestamp();
        _sink = new PackSink(system, _content.Files, paths, request.Mode);
        using var ahead = Ahead(name, stream.End, guard);
        await CopyAsync(stream, buffer, guard).ConfigureAwait(false);
        if (_payloadAt + _sink.Hashed < _entry.Length)
        {
            await FetchRestAsync(name, ahead, guard).ConfigureAwait(false);
        }

        OnDisk(_sink.Complete, guard);
        return RemoteResult.Found;
    }

    private async Task ReadHeadAsync(JoinedRanges stream, TransferBuffer buffer, StallGuard guard)
    {
        var length = _entry!.Length;
        if (length < PackFormat.FixedLength)
        {
            throw new WrongPackException("it is shorter than any pack");
        }

        using var start = new NativeBytes(PackFormat.FixedLength);
        await FillAsync(stream, buffer, start).ConfigureAwait(false);
        var count = PackFormat.HeaderLength(start.Span, length);

        // As a whole: before it is there, nothing is known of the cost, and bytes that drip would be waited for without an end.
        guard.Moved(link.PatienceOfJobs(count));
        using var json = new NativeBytes(count);
        await FillAsync(stream, buffer, json).ConfigureAwait(false);
        _content = PackFormat.ReadHeader(start.Span, json.Span, length);
        _payloadAt = PackFormat.FixedLength + count;
    }

    private static async Task FillAsync(JoinedRanges stream, TransferBuffer buffer, NativeBytes bytes)
    {
        for (var at = 0; at < bytes.Span.Length;)
        {
            var got = await stream.ReadAsync(buffer, bytes.Span.Length - at, mayGoOn: true).ConfigureAwait(false);
            buffer.Read(got).Span.CopyTo(bytes.Span[at..]);
            at += got;
        }
    }

    /// <summary>What is left of the ranges that are open already.</summary>
    private async Task CopyAsync(JoinedRanges stream, TransferBuffer buffer, StallGuard guard)
    {
        while (await stream.ReadAsync(buffer, int.MaxValue, mayGoOn: false).ConfigureAwait(false) is > 0 and var read)
        {
            OnDisk(() => _sink!.Append(buffer.Read(read).Span), guard);
            await MovedAsync(read, guard).ConfigureAwait(false);
        }
    }

    /// <summary>The rest, where it is small, asked for in advance. Not where <c>DownloadRate</c> holds it back: an engine closes what it cannot send for a minute.</summary>
    private RangeAhead? Ahead(string name, long from, StallGuard guard)
    {
        var rest = _entry!.Length - from;
        return rest is > 0 and <= MostInOne && link.Settings.DownloadRate == 0 ? new RangeAhead(token => OpenAsync(name, new ObjectRange(from, rest), token), guard.Token) : null;
    }

    private async Task FetchRestAsync(string name, RangeAhead? ahead, StallGuard guard)
    {
        var (before, since) = (0L, _firstByteAt);
        while (_payloadAt + _sink!.Hashed < _entry!.Length)
        {
            var from = _payloadAt + _sink.Hashed;
            var rest = _entry.Length - from;
            var took = link.Time.GetElapsedTime(since);
            if (rest > MostInOne && _sink.Hashed - before < FastEnough * took.TotalSeconds)
            {
                await FetchInRangesAsync(name, from, guard).ConfigureAwait(false);
                return;
            }

            (before, since) = (_sink.Hashed, link.Time.GetTimestamp());
            var range = new ObjectRange(from, Math.Min(rest, PieceBytes));
            if (took >= MostAhead)
            {
                ahead?.Dispose();
                ahead = null;
            }

            var opening = ahead is null ? OpenAsync(name, range, guard.Token) : ahead.TakeAsync();
            await ReadRangeAsync(opening, range, guard, (bytes, _) => _sink.Append(bytes.Span), guard.Token).ConfigureAwait(false);
        }
    }

    private async Task FetchInRangesAsync(string name, long from, StallGuard guard)
    {
        var order = new RangeOrder(from, _entry!.Length, RangeBytes);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(guard.Token);
        var workers = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (order.TryNext(out var range))
                {
                    await ReadRangeAsync(OpenAsync(name, range, failed.Token), range, guard, (bytes, at) => _sink!.WriteAt(at - _payloadAt, bytes.Span), failed.Token).ConfigureAwait(false);
                    OnDisk(() => order.Complete(range, upTo => _sink!.AdvanceTo(upTo - _payloadAt)), guard);
                }
            }
            catch
            {
                UnwaitedCancel.Cancel(failed);
                throw;
            }
        })).ToArray();

        // Gives what one of them met, not that the others were cancelled for it.
        await Task.WhenAll(workers).ConfigureAwait(false);
    }

    private async Task ReadRangeAsync(Task<ObjectRead> opening, ObjectRange range, StallGuard guard, Action<ReadOnlyMemory<byte>, long> take, CancellationToken token)
    {
        var read = await opening.ConfigureAwait(false);
        using var closing = new UnwaitedClose(read);
        using var buffer = new TransferBuffer();
        var at = range.Offset;
        while (at < range.Offset + range.Count)
        {
            var got = await buffer.ReadAsync(read.Body, range.Offset + range.Count - at, token).ConfigureAwait(false);
            if (got == 0)
            {
                throw new ObjectStoreException(ObjectStoreFault.Protocol, "The range ended early.");
            }

            var place = at;
            OnDisk(() => take(buffer.Read(got), place), guard);
            at += got;
            await MovedAsync(got, guard).ConfigureAwait(false);
        }
    }

    /// <exception cref="ChangedObjectException">It is another object by now, or none.</exception>
    private async Task<ObjectRead> OpenAsync(string name, ObjectRange range, CancellationToken token)
    {
        var answer = await link.AskRangeAsync(name, range, Tag, token).ConfigureAwait(false);
        if (answer is null)
        {
            throw new ChangedObjectException();
        }

        if (answer.Length != range.Count || answer.Entry.Length != _entry!.Length)
        {
            new UnwaitedClose(answer).Dispose();
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "The range has another length than was asked for.");
        }

        return answer;
    }

    private async ValueTask MovedAsync(int bytes, StallGuard guard)
    {
        var moved = Interlocked.Add(ref _moved, bytes);
        link.Meter.Remote.Moved("in", bytes);
        Judge(moved);
        Report(moved);
        var wait = pace.TakeAsync(bytes, guard, link.Settings.StallTimeout, guard.Token);
        if (!wait.IsCompleted)
        {
            await wait.ConfigureAwait(false);
            guard.Moved(link.Settings.StallTimeout);
        }
    }

    private void Judge(long moved)
    {
        var took = link.Time.GetElapsedTime(_firstByteAt);
        if (took < JudgeAfter)
        {
            return;
        }

        // Whoever added a file that it had already recorded no cost.
        var cost = _content!.CostSeconds > 0 ? _content.CostSeconds : _sink!.Length / RemoteLink.SlowestForJobs;
        var rest = (_sink!.Length - moved) * took.TotalSeconds / moved;
        if (rest > WorthShare * cost)
        {
            throw new TooSlowException();
        }
    }

    private void Report(long moved)
    {
        var last = Volatile.Read(ref _reportedAt);
        var now = link.Time.GetTimestamp();
        if ((last == 0 || link.Time.GetElapsedTime(last, now) >= TimeSpan.FromSeconds(1)) && Interlocked.CompareExchange(ref _reportedAt, now, last) == last)
        {
            progress.Tell(new StageProgress(request.Phase) { Bytes = moved, TotalBytes = _sink!.Length, Fraction = (double)moved / Math.Max(1, _sink.Length) });
        }
    }

    /// <summary>What the worker's disk does not take, or takes slowly, is no fault of the store's.</summary>
    private void OnDisk(Action write, StallGuard guard)
    {
        Interlocked.Increment(ref _writing);
        guard.Moved(Timeout.InfiniteTimeSpan);
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException and not EndOfStreamException or UnauthorizedAccessException)
        {
            throw new DiskException(exception);
        }
        finally
        {
            if (Interlocked.Decrement(ref _writing) == 0)
            {
                guard.Moved(link.Settings.StallTimeout);
            }
        }
    }

    private sealed class TooSlowException : Exception;

    private sealed class DiskException(Exception inner) : Exception(inner.Message, inner);
}
