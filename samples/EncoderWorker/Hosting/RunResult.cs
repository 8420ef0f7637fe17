namespace EncoderWorker.Hosting;

/// <summary>How the run ended; becomes the exit code.</summary>
internal sealed class RunResult
{
    public const int Failed = 1;
    public const int BadOptions = 2;
    public const int Interrupted = 130;

    /// <summary>What holds until the jobs ended: the host was stopped.</summary>
    public int ExitCode { get; set; } = Interrupted;
}
