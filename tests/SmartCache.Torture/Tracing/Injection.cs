namespace SmartCache.Torture.Tracing;

/// <summary>What to do at the N-th matching call. Counted over all threads of the process, unlike in strace.</summary>
/// <param name="root">Only calls on paths below it.</param>
/// <param name="matches">Which of those.</param>
internal sealed class Injection(string root, Func<Step, bool> matches)
{
    private int _count;

    public string Root { get; } = root + Path.DirectorySeparatorChar;

    /// <summary>The N, from 1; 0 only records.</summary>
    public int At { get; init; }

    /// <summary>Also every later matching call: a disk that stays full.</summary>
    public bool Persists { get; init; }

    /// <summary>The error that the call gives instead of being made; 0 kills the process before the call.</summary>
    public int Errno { get; init; }

    /// <summary>Every matching call, in order.</summary>
    public List<Step> Steps { get; } = [];

    /// <summary>The call that it struck first.</summary>
    public Step? Struck { get; private set; }

    /// <summary>Notes a call; true where it strikes.</summary>
    public bool Strikes(Step step)
    {
        lock (Steps)
        {
            if (!matches(step))
            {
                return false;
            }

            Steps.Add(step);
            _count++;
            if (At == 0 || _count < At || (_count > At && !Persists))
            {
                return false;
            }

            Struck ??= step;
            return true;
        }
    }
}
