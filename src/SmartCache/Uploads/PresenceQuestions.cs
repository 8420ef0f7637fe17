namespace SmartCache.Uploads;

/// <summary>
/// Asks one target what it still holds. Exceptions and silence are <see cref="Presence.Unknown"/>; after a few of them in a row
/// no more is asked, so that a dead target costs a few time-outs and not one for each of ten thousand files.
/// </summary>
internal sealed class PresenceQuestions(IUploadPresence presence, UploadTarget target, TimeSpan patience, TimeProvider time)
{
    private const int UnknownInARow = 3;

    private int _unknown;

    public bool GaveUp => Volatile.Read(ref _unknown) >= UnknownInARow;

    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<Presence> AskAsync(string cid, CancellationToken cancellationToken)
    {
        if (GaveUp)
        {
            return Presence.Unknown;
        }

        var answer = Presence.Unknown;
        using var patient = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // On the pool and with a limit of its own: a checker that blocks, or ignores its token, must not hold the job.
            answer = await Task.Run(() => presence.CheckAsync(target, cid, patient.Token).AsTask(), cancellationToken)
                .WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await patient.CancelAsync().ConfigureAwait(false);
        }

        if (answer is Presence.Present or Presence.Missing)
        {
            Volatile.Write(ref _unknown, 0);
            return answer;
        }

        Interlocked.Increment(ref _unknown);
        return Presence.Unknown;
    }
}
