namespace SmartCache.Layers;

/// <summary>
/// Which stages of jobs run in this process: what is fetched ahead makes way for them. Told on the path of jobs, so it allocates nothing and asks the disk nothing.
/// </summary>
internal sealed class StageActivity(TimeProvider time)
{
    private int _stages;
    private int _downloads;
    private int _uploads;
    private long _idleSince = time.GetTimestamp();
    private long _uploadsSince;

    /// <summary>Is told when the first stage, download or upload begins and when the last one ends. Returns at once and never throws.</summary>
    public Action? Changed { get; set; }

    /// <summary>Whether a job downloads.</summary>
    public bool Downloads => Volatile.Read(ref _downloads) > 0;

    /// <summary>Whether a job uploads.</summary>
    public bool Uploads => Volatile.Read(ref _uploads) > 0;

    /// <summary>For how long jobs have uploaded without a pause; of no meaning where none does.</summary>
    public TimeSpan Uploading => time.GetElapsedTime(Volatile.Read(ref _uploadsSince));

    /// <summary>How long no stage of a job has run; zero while one runs.</summary>
    public TimeSpan Idle => Volatile.Read(ref _stages) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _idleSince));

    /// <summary>A job entered a stage.</summary>
    public void StageBegins() => Begins(ref _stages);

    /// <summary>A job left a stage.</summary>
    public void StageEnds()
    {
        Volatile.Write(ref _idleSince, time.GetTimestamp());
        Ends(ref _stages);
    }

    /// <summary>The worker's downloader was called for a job.</summary>
    public void DownloadBegins() => Begins(ref _downloads);

    /// <summary>It is done.</summary>
    public void DownloadEnds() => Ends(ref _downloads);

    /// <summary>A job entered a stage that is a download as a whole, because the cache only lets it through.</summary>
    public void DownloadStageBegins()
    {
        StageBegins();
        DownloadBegins();
    }

    /// <summary>It left it.</summary>
    public void DownloadStageEnds()
    {
        DownloadEnds();
        StageEnds();
    }

    /// <summary>A job began an upload, which is a stage as a whole.</summary>
    public void UploadBegins()
    {
        StageBegins();
        if (!Uploads)
        {
            Volatile.Write(ref _uploadsSince, time.GetTimestamp());
        }

        Begins(ref _uploads);
    }

    /// <summary>It is done.</summary>
    public void UploadEnds()
    {
        Ends(ref _uploads);
        StageEnds();
    }

    private void Begins(ref int count)
    {
        if (Interlocked.Increment(ref count) == 1)
        {
            Changed?.Invoke();
        }
    }

    private void Ends(ref int count)
    {
        if (Interlocked.Decrement(ref count) == 0)
        {
            Changed?.Invoke();
        }
    }
}
