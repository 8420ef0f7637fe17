using System.Collections.Concurrent;

namespace SmartCache.Uploads;

/// <summary>
/// Brings one target's records about a tree up to date before they are relied on: the root first, because it answers for everything below it, then
/// the profiles, then single files. What is present counts as confirmed now, what is missing is forgotten, and what nobody knows stays as it is.
/// </summary>
internal sealed class StaleRecords(UploadCheckpoint checkpoint, HashedTree tree, PresenceQuestions? questions, TimeSpan maxAge)
{
    private const int AtOnce = 8;

    private readonly ConcurrentBag<JournalRecord> _news = [];

    /// <summary>Without <c>questions</c> it only lets fresh directories answer for their files.</summary>
    public async Task SettleAsync(Action<double>? progress, CancellationToken cancellationToken)
    {
        try
        {
            if (!await SettleAsync(checkpoint.FindTree(), JournalKind.ForgottenTree, tree.Files, cancellationToken).ConfigureAwait(false))
            {
                foreach (var profile in tree.Profiles)
                {
                    await SettleAsync(checkpoint.Find(profile), JournalKind.ForgottenProfile, profile.Files, cancellationToken).ConfigureAwait(false);
                }

                await SettleFilesAsync(progress, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // Also after a cancellation: the answers were paid for.
            await checkpoint.KeepAsync([.. _news], CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <returns>Whether the directory is there, and with it all its files.</returns>
    private async ValueTask<bool> SettleAsync(JournalRecord? directory, JournalKind forgotten, IReadOnlyList<UploadFile> files, CancellationToken cancellationToken)
    {
        if (directory is null)
        {
            return false;
        }

        if (!checkpoint.IsFresh(directory))
        {
            // An answer says what was when it was asked for. Whatever is learned meanwhile, by anyone, is newer.
            var asked = checkpoint.Asking();
            switch (await AskAsync(directory, cancellationToken).ConfigureAwait(false))
            {
                case Presence.Present:
                    directory = directory with { UnixTime = checkpoint.Now, At = asked };
                    Note(directory);
                    break;
                case Presence.Missing:
                    Note(new JournalRecord(forgotten, directory.Key, checkpoint.Now));
                    return false;
                default:
                    return false;
            }
        }

        Cover(files, directory);
        return true;
    }

    private async Task SettleFilesAsync(Action<double>? progress, CancellationToken cancellationToken)
    {
        if (questions is null)
        {
            return;
        }

        var stale = tree.Files.DistinctBy(file => file.Sha256).Where(file => checkpoint.Find(file) is { } record && !checkpoint.IsFresh(record)).ToList();
        var asked = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(stale, options, async (file, stop) =>
        {
            if (questions.GaveUp || checkpoint.Find(file) is not { } record)
            {
                return;
            }

            var before = checkpoint.Asking();
            var answer = await AskAsync(record, stop).ConfigureAwait(false);
            if (answer == Presence.Present)
            {
                Note(record with { UnixTime = checkpoint.Now, At = before });
            }
            else if (answer == Presence.Missing)
            {
                Note(new JournalRecord(JournalKind.ForgottenFile, record.Key, checkpoint.Now));
            }

            var done = Interlocked.Increment(ref asked);
            if (done % AtOnce == 0 || done == stale.Count)
            {
                progress?.Invoke((double)done / stale.Count);
            }
        }).ConfigureAwait(false);
    }

    private ValueTask<Presence> AskAsync(JournalRecord record, CancellationToken cancellationToken) =>
        questions is null ? ValueTask.FromResult(Presence.Unknown) : questions.AskAsync(record.Cid, cancellationToken);

    /// <summary>
    /// A directory that is there answers for its files. Most of that is kept for this session only; what would soon be dropped from the journal
    /// as unused is written again.
    /// </summary>
    private void Cover(IReadOnlyList<UploadFile> files, JournalRecord directory)
    {
        var confirmed = directory.UnixTime;
        var rewrite = confirmed - (long)(maxAge.TotalSeconds / 4);
        foreach (var record in files.Select(checkpoint.Find).OfType<JournalRecord>().Where(record => record.UnixTime < confirmed || !checkpoint.IsFresh(record)).DistinctBy(record => record.Key))
        {
            var renewed = record with { UnixTime = confirmed, At = record.At > directory.At ? record.At : directory.At };
            checkpoint.Trust(renewed);
            if (record.UnixTime < rewrite)
            {
                _news.Add(renewed);
            }
        }
    }

    private void Note(JournalRecord record)
    {
        checkpoint.Trust(record);
        _news.Add(record);
    }
}
