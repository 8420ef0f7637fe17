namespace SmartCache.Remote;

/// <summary>Closes an answer without waiting for it: the stream is the adaptor's, and may hang as everything else of it.</summary>
internal readonly struct UnwaitedClose(ObjectRead read) : IDisposable
{
    public void Dispose()
    {
        var closed = read;
        _ = Task.Run(async () =>
        {
            try
            {
                await closed.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // What is closed is not needed any more.
            }
        });
    }
}
