namespace SmartCache.Layers;

/// <summary>
/// Which stages of jobs run in this process: what is fetched ahead makes way for them. Told on the path of jobs, so it allocates nothing and asks the disk nothing.
/// </summary>
internal sealed class StageActivity(TimeProvider time)
{
    private int _stages;
    private int _transfers;
    private long _idleSince = time.GetTimestamp();

    /// <summary>Is told when the first transfer, or the first stage, begins and when the last one ends. Returns at once and never throws.</summary>
    public Action? Changed { get; set; }

    /// <summary>Whether a job downloads or uploads.</summary>
    public bool Transfers => Volatile.Read(ref _transfers) > 0;

    /// <summary>How long no stage of a job has run; zero while one runs.</summary>
    public TimeSpan Idle => Volatile.Read(ref _stages) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _idleSince));

    /// <summary>A job entered a stage.</summary>
    public void StageBegins()
    {
        if (Interlocked.Increment(ref _stages) == 1)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>A job left a stage.</summary>
    public void StageEnds()
    {
        Volatile.Write(ref _idleSince, time.GetTimestamp());
        if (Interlocked.Decrement(ref _stages) == 0)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>A job entered a stage that is a transfer as a whole: an upload, or a download that the cache only lets through.</summary>
    public void TransferStageBegins()
    {
        StageBegins();
        TransferBegins();
    }

    /// <summary>It left it.</summary>
    public void TransferStageEnds()
    {
        TransferEnds();
        StageEnds();
    }

    /// <summary>The worker's downloader was called for a job.</summary>
    public void TransferBegins()
    {
        if (Interlocked.Increment(ref _transfers) == 1)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>It is done.</summary>
    public void TransferEnds()
    {
        if (Interlocked.Decrement(ref _transfers) == 0)
        {
            Changed?.Invoke();
        }
    }
}
