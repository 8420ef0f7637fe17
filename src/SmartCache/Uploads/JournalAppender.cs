using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// Hands a session's records to the journal through the boundary. Records that arrive while a write is under way leave together in the next one,
/// so that many uploads at once cost one write and not one each. What could not be written stays in a bounded backlog and goes with the next record.
/// </summary>
internal sealed class JournalAppender(
    TargetJournal journal,
    JournalRecord header,
    ConfirmedContent content,
    JournalUpkeep upkeep,
    Action<string> sayNewer,
    CacheBoundary boundary,
    BackgroundSaves saves,
    TimeProvider time)
{
    private const int MaxBacklog = 128 << 10;
    private const int MaxWrite = 256 << 10;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _writing;
    private bool _dirty;
    private long _flushed = time.GetTimestamp();

    /// <summary>What the records are for.</summary>
    public Subject? Subject { get; init; }

    /// <summary>
    /// Many records in as few writes as possible. Completes once they are with the kernel, and on the disk where one of them takes a confirmation back, or the
    /// boundary gave up on them. Never faults.
    /// </summary>
    public Task AppendAsync(IReadOnlyList<JournalRecord> records)
    {
        if (records.Count == 0)
        {
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add([.. records.Select((record, i) => new Waiting(record.ToLine(), JournalRecord.IsForgotten(record.Kind), i == records.Count - 1 ? done : null))]);
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

        InBackground("flush the journal", _ => journal.Flush());
    }

    private void InBackground(string operation, Action<OperationPulse> work) => _ = saves.Run(async stopping =>
    {
        Subject.Current = Subject;
        try
        {
            return await boundary.AttemptAsync(operation, false, pulse => { work(pulse); return true; }, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false; // the process ends; the kernel has the records
        }
    });

    private void Add(List<Waiting> lines)
    {
        lock (_gate)
        {
            foreach (var line in lines)
            {
                _waiting.Enqueue(line);
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
        Subject.Current = Subject;
        var failed = false;
        while (Take(failed) is { } batch)
        {
            failed = !await boundary.AttemptAsync("record a confirmation", false, pulse => Write(batch, pulse), CancellationToken.None).ConfigureAwait(false);
            if (failed)
            {
                PutBack(batch);
            }
            else if (batch.Exists(static line => line.IsForgotten))
            {
                // A forget that a power cut takes back is a file that counts as there although it is known to be missing.
                await boundary.AttemptAsync("flush the journal", false, _ => { journal.Flush(); return true; }, CancellationToken.None).ConfigureAwait(false);
            }

            foreach (var line in batch)
            {
                line.Done?.TrySetResult();
            }
        }

        if (journal.TakeHasClosed())
        {
            InBackground("sort a journal", pulse => upkeep.Sort(journal.Name, pulse, time.GetUtcNow()));
        }

        if (time.GetElapsedTime(_flushed) >= FlushInterval)
        {
            FlushLater();
        }
    }

    private bool Write(List<Waiting> batch, OperationPulse pulse)
    {
        if (!journal.Append(Join(batch), header, pulse, content))
        {
            // No use in trying again: the next one does, and finds a new day perhaps.
            sayNewer(journal.Name);
        }

        return true;
    }

    private static byte[] Join(List<Waiting> batch)
    {
        if (batch.Count == 1)
        {
            return batch[0].Line;
        }

        var content = new byte[batch.Sum(static waiting => waiting.Line.Length)];
        var at = 0;
        foreach (var waiting in batch)
        {
            waiting.Line.CopyTo(content, at);
            at += waiting.Line.Length;
        }

        return content;
    }

    private List<Waiting>? Take(bool afterFailure)
    {
        lock (_gate)
        {
            // After a failure only somebody's new record is a reason to try again; without one the backlog waits.
            if (_waiting.Count == 0 || (afterFailure && !_waiting.Any(entry => entry.Done is { Task.IsCompleted: false })))
            {
                _writing = false;
                return null;
            }

            var batch = new List<Waiting>();
            for (var bytes = 0; _waiting.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Line.Length <= MaxWrite); bytes += next.Line.Length)
            {
                batch.Add(_waiting.Dequeue());
            }

            _dirty = true;
            return batch;
        }
    }

    private void PutBack(List<Waiting> batch)
    {
        lock (_gate)
        {
            // What does not fit is lost. A confirmation costs a file sent again; a forget would leave a file that counts as there and is not.
            var room = MaxBacklog;
            foreach (var line in batch.AsEnumerable().Reverse().OrderByDescending(static line => line.IsForgotten).TakeWhile(entry => (room -= entry.Line.Length) >= 0))
            {
                _waiting.Enqueue(line with { Done = null });
            }
        }
    }

    private readonly record struct Waiting(byte[] Line, bool IsForgotten, TaskCompletionSource? Done);
}
