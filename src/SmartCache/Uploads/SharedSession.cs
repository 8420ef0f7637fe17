using SmartCache.Layers;
using SmartCache.Remote;

namespace SmartCache.Uploads;

/// <summary>
/// What one session and the other hosts of a pool tell each other: read once, when it opens, and sent at its end and every 30 seconds while confirmations come. Nobody waits
/// for the sending. What does not get there is sent to the target again by whoever goes on, and nothing worse.
/// </summary>
/// <param name="notes">The store.</param>
/// <param name="saves">For what nobody waits for.</param>
/// <param name="time">The clock.</param>
/// <param name="tree">What the session uploads.</param>
internal sealed class SharedSession(SharedNotes notes, BackgroundSaves saves, TimeProvider time, HashedTree tree)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private SharedTree? _theirs;
    private long _last = time.GetTimestamp();
    private bool _hasNews;
    private bool _isSending;
    private bool _isAsked;

    /// <summary>Gives what this session knows.</summary>
    public Func<IReadOnlyList<UploadCheckpoint>> Known { get; set; } = static () => [];

    /// <summary>The targets of which others know something.</summary>
    public IEnumerable<UploadTarget> Targets => _theirs?.Targets ?? [];

    /// <summary>Reads what others know.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        if (notes.AreRead && tree.Key is { } key && await notes.FindAsync(SharedTree.ObjectOf(key), cancellationToken).ConfigureAwait(false) is { } bytes)
        {
            var theirs = SharedTree.Parse(bytes, tree.Wanted);
            _theirs = theirs.IsNewer ? null : theirs;
        }
    }

    /// <summary>Tells a target's records what others know.</summary>
    public void TellTo(ConfirmedContent content, TargetName target) => _theirs?.TellTo(content, target, tree);

    /// <summary>The session learned something.</summary>
    public void HasNews()
    {
        lock (_gate)
        {
            _hasNews = true;
            if (time.GetElapsedTime(_last) < Interval)
            {
                return;
            }
        }

        Send();
    }

    /// <summary>The attempt is over.</summary>
    public void Send()
    {
        lock (_gate)
        {
            if (!_hasNews || !notes.AreWritten || tree.Key is null)
            {
                return;
            }

            _last = time.GetTimestamp();
            _hasNews = false;
            _isAsked = true;
            if (_isSending)
            {
                return;
            }

            _isSending = true;
        }

        _ = saves.Run(SendAllAsync);
    }

    private async Task<bool> SendAllAsync(CancellationToken stopping)
    {
        var isThere = false;
        try
        {
            while (TakeAsked())
            {
                isThere = await notes.MergeAsync(SharedTree.ObjectOf(tree.Key!.Value), Merge, stopping).ConfigureAwait(false);
            }

            return isThere;
        }
        catch (Exception)
        {
            // The process ends; or the adaptor has a fault of its own, and the next confirmations are sent all the same.
            lock (_gate)
            {
                _isSending = false;
            }

            return false;
        }
    }

    private bool TakeAsked()
    {
        lock (_gate)
        {
            _isSending = _isAsked;
            _isAsked = false;
            return _isSending;
        }
    }

    private byte[]? Merge(byte[]? there)
    {
        var merged = SharedTree.Parse(there, tree.Wanted);
        if (merged.IsNewer)
        {
            return null;
        }

        var changed = false;
        foreach (var checkpoint in Known())
        {
            changed |= merged.Add(JournalRecord.HeaderOf(checkpoint.Target, checkpoint.Now), checkpoint.Told());
        }

        return changed && merged.ToBytes() is { Length: <= SharedNotes.MaxBytes } bytes ? bytes : null;
    }
}
