using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// Hands a session's records to the journal through the boundary. Records that arrive while a write is under way leave together in the next one,
/// so that many uploads at once cost one write and not one each. What could not be written stays in a bounded backlog and goes with the next record, or when
/// the session ends; a forget then still waits in <see cref="TargetJournals"/> for whoever writes next.
/// <para>
/// <c>ConfirmationsFlush</c> says when records are flushed: before the call returns, some time after the first of them, or when the session ends. A forget never waits.
/// </para>
/// </summary>
internal sealed class JournalAppender(TargetJournal journal, ConfirmedContent content, JournalRecord header, TargetJournals journals, BackgroundSaves saves)
{
    private const int MaxBacklog = 128 << 10;
    private const int MaxWrite = 256 << 10;
    private const int MaxOwedAtOnce = 1_000;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly TimeSpan _flushAfter = journals.Access.Settings.Current.ConfirmationsFlush;
    private bool _writing;
    private bool _dirty;
    private bool _isAskedToFlush;
    private ITimer? _timer;

    /// <summary>What the records are for.</summary>
    public Subject? Subject { get; init; }

    /// <summary>
    /// Many records in as few writes as possible. Completes once they are with the kernel, and on the disk where one of them takes a confirmation back or the
    /// setting says so, or the boundary gave up on them. Never faults.
    /// </summary>
    public Task AppendAsync(IReadOnlyList<JournalRecord> records)
    {
        if (records.Count == 0)
        {
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add([.. records.Select((record, i) => new Waiting(record, record.ToLine(), i == records.Count - 1 ? done : null))]);
        return done.Task;
    }

    /// <summary>Writes in the background what could not be written before, and flushes what was appended since the last time.</summary>
    public void FlushLater()
    {
        bool writes;
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            writes = !_writing && (_waiting.Count > 0 || journals.Owes(journal.Name));

            // What is being written is flushed once it is there.
            _isAskedToFlush = _writing;
            if (!writes && !_dirty)
            {
                return;
            }

            _writing |= writes;
        }

        InBackground(async stopping =>
        {
            if (writes)
            {
                await WriteAllAsync().ConfigureAwait(false);
            }

            return await FlushAsync(stopping).ConfigureAwait(false);
        });
    }

    private void InBackground(Func<CancellationToken, ValueTask<bool>> work) => _ = saves.Run(async stopping =>
    {
        Subject.Current = Subject;
        try
        {
            return await work(stopping).ConfigureAwait(false);
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
        var (failed, wrote) = (false, false);
        while (Take(failed) is { } batch)
        {
            failed = !await journals.Access.Boundary.AttemptAsync("record a confirmation", false, pulse => Write(batch, pulse), CancellationToken.None).ConfigureAwait(false);
            if (failed)
            {
                PutBack(batch);
            }
            else
            {
                wrote = true;
                journals.Paid(journal.Name, batch.Where(static line => line.IsForgotten).Select(static line => line.Record));

                // Not before it is written: a flush that ends in between would count it as flushed.
                lock (_gate)
                {
                    _dirty = true;
                }
            }

            if (!failed && (_flushAfter == TimeSpan.Zero || batch.Exists(static line => line.IsForgotten)))
            {
                // A forget that a power cut takes back is a file that counts as there although it is known to be missing.
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }

            // Before anybody is told: who waits for all saves then waits for this one too.
            if (journal.TakeHasClosed())
            {
                InBackground(stopping => journals.Access.Boundary.AttemptAsync("sort a journal", false, Sort, stopping));
            }

            foreach (var line in batch)
            {
                line.Done?.TrySetResult();
            }
        }

        bool flushesNow;
        lock (_gate)
        {
            // Where nothing could be written, the timer would only try the same again, and again.
            var flushes = wrote && _dirty;
            flushesNow = flushes && _isAskedToFlush;
            if (flushes && !flushesNow && _flushAfter != Timeout.InfiniteTimeSpan)
            {
                _timer ??= journals.Access.Time.CreateTimer(static appender => ((JournalAppender)appender!).FlushLater(), this, _flushAfter, Timeout.InfiniteTimeSpan);
            }

            _isAskedToFlush = false;
        }

        if (flushesNow)
        {
            InBackground(FlushAsync);
        }
    }

    private async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _dirty = false;
        }

        var flushed = false;
        try
        {
            return flushed = await journals.Access.Boundary.AttemptAsync("flush the journal", false, Flush, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!flushed)
            {
                // The next record, or the end of the session, tries again.
                lock (_gate)
                {
                    _dirty = true;
                }
            }
        }
    }

    private bool Sort(OperationPulse pulse)
    {
        journals.Sort(journal.Name, pulse);
        return true;
    }

    private bool Flush(OperationPulse pulse)
    {
        journal.Flush();
        return true;
    }

    private bool Write(List<Waiting> batch, OperationPulse pulse)
    {
        if (!journal.Append(Join(batch), header, pulse, content))
        {
            // No use in trying again: the next one does, and finds a new day perhaps.
            journals.SayNewer(journal.Name);
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
            var goesOn = !afterFailure || _waiting.Any(entry => entry.Done is { Task.IsCompleted: false });
            List<Waiting> batch = goesOn ? [.. journals.Owed(journal.Name).Take(MaxOwedAtOnce).Select(static record => new Waiting(record, record.ToLine(), null))] : [];
            if (!goesOn || (_waiting.Count == 0 && batch.Count == 0))
            {
                _writing = false;
                return null;
            }

            for (var bytes = batch.Sum(static line => line.Line.Length); _waiting.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Line.Length <= MaxWrite); bytes += next.Line.Length)
            {
                batch.Add(_waiting.Dequeue());
            }

            return batch;
        }
    }

    private void PutBack(List<Waiting> batch)
    {
        // Lost, one would leave a file that counts as there and is not.
        journals.Owe(journal.Name, batch.Where(static line => line.IsForgotten).Select(static line => line.Record));
        lock (_gate)
        {
            // What does not fit is lost: a confirmation costs a file sent again.
            var room = MaxBacklog;
            foreach (var line in batch.AsEnumerable().Reverse().Where(static line => !line.IsForgotten).TakeWhile(entry => (room -= entry.Line.Length) >= 0))
            {
                _waiting.Enqueue(line with { Done = null });
            }
        }
    }

    private readonly record struct Waiting(JournalRecord Record, byte[] Line, TaskCompletionSource? Done)
    {
        public bool IsForgotten => JournalRecord.IsForgotten(Record.Kind);
    }
}
