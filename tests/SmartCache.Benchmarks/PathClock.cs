using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>
/// What lies between a job's call and its stage, and between the end of the stage and that of the call: wall time that the job waits for, whatever it is
/// spent on, and the processor time of the whole process meanwhile. No stage works then.
/// </summary>
internal sealed class PathClock
{
    private long _began;
    private TimeSpan _processorBegan;

    public TimeSpan Wall { get; private set; }

    public TimeSpan Processor { get; private set; }

    public void Reset() => (Wall, Processor) = (TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>The job calls, or a stage returns.</summary>
    public void Begin()
    {
        _processorBegan = ProcessorClock.OfProcess();
        _began = Stopwatch.GetTimestamp();
    }

    /// <summary>A stage is called, or the job has its result.</summary>
    public void End()
    {
        Wall += Stopwatch.GetElapsedTime(_began);
        Processor += ProcessorClock.OfProcess() - _processorBegan;
    }
}
