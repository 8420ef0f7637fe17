namespace SmartCache.NativeWorker;

/// <summary>Cancels when a share of the bytes went out.</summary>
internal sealed class CancelAt(double share, CancellationTokenSource cancel) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        if (value.Bytes >= share * value.TotalBytes)
            cancel.Cancel();
    }
}
