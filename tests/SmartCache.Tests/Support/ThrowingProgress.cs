namespace SmartCache.Tests.Support;

/// <summary>Progress that throws at every report.</summary>
internal sealed class ThrowingProgress : IProgress<StageProgress>
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _threw;

    public int Threw => Volatile.Read(ref _threw);

    public Task Seen => _seen.Task;

    public void Report(StageProgress value)
    {
        Interlocked.Increment(ref _threw);
        _seen.TrySetResult();
        throw new IOException("the progress bar is gone");
    }
}
