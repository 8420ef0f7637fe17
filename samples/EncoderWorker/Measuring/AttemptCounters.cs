namespace EncoderWorker.Measuring;

/// <summary>The work that one attempt really caused, counted where it is done and not taken from what the cache says about itself.</summary>
internal sealed class AttemptCounters
{
    private long _downloadedBytes;
    private long _encodedBytes;
    private double _encodedSeconds;
    private long _uploadedBytes;
    private int _encodeRuns;
    private int _encodedProfiles;
    private int _uploadedFiles;
    private int _skippedFiles;

    public long DownloadedBytes => Interlocked.Read(ref _downloadedBytes);

    public long EncodedBytes => Interlocked.Read(ref _encodedBytes);

    /// <summary>Seconds of video that were encoded, of all profiles together; also by runs that were broken off.</summary>
    public double EncodedSeconds => Volatile.Read(ref _encodedSeconds);

    public long UploadedBytes => Interlocked.Read(ref _uploadedBytes);

    /// <summary>How often the encoder was started: once for several profiles that it makes together.</summary>
    public int EncodeRuns => Volatile.Read(ref _encodeRuns);

    public int EncodedProfiles => Volatile.Read(ref _encodedProfiles);

    public int UploadedFiles => Volatile.Read(ref _uploadedFiles);

    public int SkippedFiles => Volatile.Read(ref _skippedFiles);

    public void Downloaded(long bytes) => Interlocked.Add(ref _downloadedBytes, bytes);

    /// <summary>A run of the encoder began. One that is broken off was work too.</summary>
    public void EncodeBegan(int profiles)
    {
        Interlocked.Increment(ref _encodeRuns);
        Interlocked.Add(ref _encodedProfiles, profiles);
    }

    public void Encoded(long bytes) => Interlocked.Add(ref _encodedBytes, bytes);

    public void EncodedFor(double seconds)
    {
        double before, after;
        do
        {
            before = Volatile.Read(ref _encodedSeconds);
            after = before + seconds;
        }
        while (Interlocked.CompareExchange(ref _encodedSeconds, after, before) != before);
    }

    public void FileSent(long bytes)
    {
        Interlocked.Increment(ref _uploadedFiles);
        Interlocked.Add(ref _uploadedBytes, bytes);
    }

    public void FileSkipped() => Interlocked.Increment(ref _skippedFiles);

    /// <summary>The target turned out not to have it after all.</summary>
    public void SkipWithdrawn() => Interlocked.Decrement(ref _skippedFiles);

    /// <summary>For an upload that was skipped as a whole: the uploader was never called.</summary>
    public void SkippedAsAWhole(int files) => Volatile.Write(ref _skippedFiles, files);
}
