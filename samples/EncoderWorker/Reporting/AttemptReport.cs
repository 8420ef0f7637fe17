namespace EncoderWorker.Reporting;

/// <summary>One attempt: what it really did, counted at the stages.</summary>
internal sealed record AttemptReport(
    int Job,
    int Attempt,
    bool Succeeded,
    double Seconds,
    long DownloadedBytes,
    int EncodedProfiles,
    int EncodeHits,
    double EncodedSeconds,
    int UploadedFiles,
    int SkippedFiles);
