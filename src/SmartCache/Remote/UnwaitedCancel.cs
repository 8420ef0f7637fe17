namespace SmartCache.Remote;

/// <summary>Cancels what an adaptor does without waiting for it: its callbacks are the adaptor's, and may block or throw.</summary>
internal static class UnwaitedCancel
{
    public static void Cancel(CancellationTokenSource source) => _ = Task.Run(async () =>
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The adaptor's own; or nobody is left whom it concerns, and the source is disposed of.
        }
    });
}
