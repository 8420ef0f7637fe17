using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>
/// Hands a session's records to the journal through the boundary. Records that arrive while a write is under way leave together in the next one,
/// so that many uploads at once cost one write and not one each. What could not be written stays in a bounded backlog and goes with the next record.
/// </summary>
internal sealed class JournalAppender(
    TargetJournal journal,
    JournalRecord header,
    JournalLine? visit,
    CacheBoundary boundary,
    BackgroundSaves saves,
    TimeProvider time)
{
    private const int MaxBacklog = 128 << 10;
    private const int MaxWrite = 256 << 10;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Line, TaskCompletionSource? Done)> _waiting = new();
    private bool _writing;
    private bool _dirty;
    private long _flushed = time.GetTimestamp();

    /// <summary>Completes once the record is with the kernel, or the boundary gave up on it. Never faults.</summary>
    public Task AppendAsync(JournalRecord record)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add([record.ToLine()], done);
        return done.Task;
    }

    /// <summary>Many records in as few writes as possible.</summary>
    public Task AppendAsync(IEnumerable<JournalRecord> records)
    {
        var lines = records.Select(record => record.ToLine()).ToList();
        if (lines.Count == 0)
        {
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(lines, done);
        return done.Task;
    }

    /// <summary>Flushes in the background what was appended since the last time.</summary>
    public void FlushLater()
    {
        lock (_gate)
        {
            if (!_dirty)
            {
                return;
            }

            _dirty = false;
            _flushed = time.GetTimestamp();
        }

        _ = saves.Run(async stopping =>
        {
            try
            {
                return await boundary.AttemptAsync("flush the journal", false, _ => { journal.Flush(); return true; }, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false; // the process ends; the kernel has the records
            }
        });
    }

    private void Add(List<byte[]> lines, TaskCompletionSource done)
    {
        lock (_gate)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                _waiting.Enqueue((lines[i], i == lines.Count - 1 ? done : null));
            }

            if (_writing)
            {
                return;
            }

            _writing = true;
        }

        _ = WriteAllAsync();
    }

    private async Task WriteAllAsync()
    {
        var failed = false;
        while (Take(failed) is { } batch)
        {
            var content = Join(batch);
            var written = await boundary.AttemptAsync(
                "record a confirmation",
                false,
                pulse =>
                {
                    journal.Append(content, header, pulse, visit);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
            failed = !written;
            if (failed)
            {
                PutBack(batch);
            }

            foreach (var (_, done) in batch)
            {
                done?.TrySetResult();
            }
        }

        if (time.GetElapsedTime(_flushed) >= FlushInterval)
        {
            FlushLater();
        }
    }

    private static byte[] Join(List<(byte[] Line, TaskCompletionSource? Done)> batch)
    {
        if (batch.Count == 1)
        {
            return batch[0].Line;
        }

        var content = new byte[batch.Sum(entry => entry.Line.Length)];
        var at = 0;
        foreach (var (line, _) in batch)
        {
            line.CopyTo(content, at);
            at += line.Length;
        }

        return content;
    }

    private List<(byte[] Line, TaskCompletionSource? Done)>? Take(bool afterFailure)
    {
        lock (_gate)
        {
            // After a failure only somebody's new record is a reason to try again; without one the backlog waits.
            if (_waiting.Count == 0 || (afterFailure && !_waiting.Any(entry => entry.Done is { Task.IsCompleted: false })))
            {
                _writing = false;
                return null;
            }

            var batch = new List<(byte[] Line, TaskCompletionSource? Done)>();
            for (var bytes = 0; _waiting.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Line.Length <= MaxWrite); bytes += next.Line.Length)
            {
                batch.Add(_waiting.Dequeue());
            }

            _dirty = true;
            return batch;
        }
    }

    private void PutBack(List<(byte[] Line, TaskCompletionSource? Done)> batch)
    {
        lock (_gate)
        {
            // To the front: a file that was confirmed and then forgotten must not be confirmed again by a late line.
            var later = _waiting.ToArray();
            _waiting.Clear();
            var room = MaxBacklog;
            foreach (var (line, _) in batch.AsEnumerable().Reverse().TakeWhile(entry => (room -= entry.Line.Length) >= 0).Reverse())
            {
                _waiting.Enqueue((line, null));
            }

            foreach (var entry in later)
            {
                _waiting.Enqueue(entry);
            }
        }
    }
}
