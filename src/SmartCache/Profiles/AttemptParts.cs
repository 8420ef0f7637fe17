using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>The parts of one profile, as one attempt at its encode has them open. Thread-safe; methods may throw, and run behind the boundary.</summary>
/// <param name="journal">Whose newest attempt this is.</param>
/// <param name="attempt">Its id.</param>
/// <param name="directory">Where the parts lie.</param>
/// <param name="found">Parts of its layout that earlier attempts left, each read and right, where there is enough work in them.</param>
internal sealed class AttemptParts(PartsJournal journal, string attempt, string directory, IReadOnlyList<KeptPart> found) : IDisposable
{
    private readonly Lock _gate = new();
    private long _serial;
    private bool _isClosed;

    public string Attempt => attempt;

    public string Directory => directory;

    public IReadOnlyList<KeptPart> Found => found;

    /// <summary>Whether the attempt is over: what comes now comes too late, and is no fault.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>A part of this attempt, with a file name that nobody else has.</summary>
    public KeptPart Next(EncodePartFile part) => new(attempt, Interlocked.Increment(ref _serial), part.Start, part.Duration) { Facts = part.Facts };

    /// <summary>Enters a part whose file lies there.</summary>
    /// <returns>False where this attempt is not the newest any more: its producer has lost the lock, or the parts were taken back.</returns>
    public bool TryEnter(KeptPart part, OperationPulse pulse)
    {
        lock (_gate)
        {
            return IsNewest(pulse) && journal.Append(pulse, part.ToBody()) && journal.Contents.Newest == attempt;
        }
    }

    /// <summary>Enters that what begins at a time or later is no part any more.</summary>
    /// <returns>Names of the files that were parts until then; <see langword="null"/> where this attempt has no say any more.</returns>
    public IReadOnlyCollection<string>? Forget(TimeSpan from, OperationPulse pulse)
    {
        lock (_gate)
        {
            if (!IsNewest(pulse))
            {
                return null;
            }

            string[] were = [.. journal.Contents.FileNames];
            return journal.AppendForGood(pulse, PartsContents.Forget(attempt, from)) && journal.Contents.Newest == attempt ? [.. were.Except(journal.Contents.FileNames)] : null;
        }
    }

    /// <summary>Ends the attempt.</summary>
    /// <param name="attempts">All of the same encode. One that began, and then could not be opened, is no other encode's.</param>
    /// <param name="pulse">Beaten while it is read.</param>
    /// <returns>Whether the parts were still the encode's own, and whether there are none: they were taken back meanwhile, or none was recorded.</returns>
    public (bool AreOwn, bool AreNone) Close(IReadOnlyCollection<string> attempts, OperationPulse pulse)
    {
        lock (_gate)
        {
            var isThere = !_isClosed && journal.Follow(pulse);
            _isClosed = true;
            var areOwn = isThere && journal.Contents.Newest is { } newest && attempts.Contains(newest);
            return (areOwn, isThere && (journal.Contents.IsVoid || (areOwn && !journal.Contents.FileNames.Any())));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            journal.Dispose();
        }
    }

    private bool IsNewest(OperationPulse pulse) => !_isClosed && journal.Follow(pulse) && journal.Contents.Newest == attempt;
}
