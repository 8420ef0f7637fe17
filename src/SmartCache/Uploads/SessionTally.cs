using System.Collections.Concurrent;

namespace SmartCache.Uploads;

/// <summary>What went through a session: the files an uploader reported as sent, and those it was told to skip.</summary>
internal sealed class SessionTally(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _offered = new(StringComparer.Ordinal);
    private readonly long _began = time.GetTimestamp();
    private long _lastConfirmation;

    /// <summary>Whether the uploader used the session for files at all.</summary>
    public bool WasUsed => !_sent.IsEmpty || !_offered.IsEmpty;

    public TimeSpan Elapsed => time.GetElapsedTime(_began);

    /// <summary>From the beginning to the last confirmation: work that a retry does not do again.</summary>
    public TimeSpan ElapsedUntilLastConfirmation =>
        Interlocked.Read(ref _lastConfirmation) is not 0 and var last ? time.GetElapsedTime(_began, last) : TimeSpan.Zero;

    public void Sent(UploadFile file)
    {
        _sent[file.RelativePath] = file.Length;
        Interlocked.Exchange(ref _lastConfirmation, time.GetTimestamp());
    }

    public void Offered(UploadFile file) => _offered[file.RelativePath] = file.Length;

    public void Forgotten(UploadFile file)
    {
        _offered.TryRemove(file.RelativePath, out _);
        _sent.TryRemove(file.RelativePath, out _);
    }

    /// <summary>Fills in the figures that an uploader left at zero. One that did not use the session sent all there is.</summary>
    public UploadResult Complete(UploadResult result, HashedTree tree)
    {
        if (result.FilesSent != 0 || result.FilesSkipped != 0 || result.BytesSent != 0 || result.BytesSkipped != 0)
        {
            return result;
        }

        if (!WasUsed)
        {
            return result with { FilesSent = tree.Files.Count, BytesSent = tree.Length };
        }

        // An uploader may look a file up again after it sent it: that is no file skipped.
        var skipped = _offered.Where(file => !_sent.ContainsKey(file.Key)).ToList();
        return result with
        {
            FilesSent = _sent.Count,
            BytesSent = _sent.Sum(file => file.Value),
            FilesSkipped = skipped.Count,
            BytesSkipped = skipped.Sum(file => file.Value),
        };
    }
}
