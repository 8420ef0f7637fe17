namespace SmartCache.Uploads;

/// <summary>Passes an uploader's progress on, and takes it as a sign of life of its job.</summary>
internal sealed class SignOfLife(UploadSession session, IProgress<StageProgress>? progress) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        session.Alive();
        progress?.Report(value);
    }
}
