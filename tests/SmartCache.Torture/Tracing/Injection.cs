namespace SmartCache.Torture.Tracing;

/// <summary>What to do at the N-th matching call. Counted over all threads of the process, unlike in strace.</summary>
/// <param name="root">The directory of the case, with the cache and the job's files.</param>
/// <param name="matches">Which calls count.</param>
internal sealed class Injection(string root, Func<Step, bool> matches) : IStepWatcher
{
    /// <summary>Not an error: the process is killed before the call.</summary>
    public const int Kills = 0;

    /// <summary>Not an error: the call is made with half of what it was asked to read or write.</summary>
    public const int Shortens = -1;

    private int _count;
    private int _since;

    public string Root { get; } = root + Path.DirectorySeparatorChar;

    /// <summary>The N, from 1; 0 only records.</summary>
    public int At { get; init; }

    /// <summary>The error that the call gives instead of being made, or one of the two above.</summary>
    public int Errno { get; init; }

    public Afterwards Afterwards { get; init; }

    /// <summary>For <see cref="Afterwards.OneMore"/>: how many calls of any kind later, and with which error.</summary>
    public (int Calls, int Errno) Second { get; init; }

    /// <summary>Every matching call, in order.</summary>
    public List<Step> Steps { get; } = [];

    /// <summary>The call that it struck first.</summary>
    public Step? Struck { get; private set; }

    /// <summary>Whether any call was struck in which the cache looks at a file of the job.</summary>
    public bool StruckTheJobs { get; private set; }

    /// <summary>Notes a call; what is done to it, <see langword="null"/> where it passes.</summary>
    public int? Strike(Step step)
    {
        lock (Steps)
        {
            var effect = EffectOn(step);
            StruckTheJobs |= effect is not null && step.IsOnTheJobs;
            return effect;
        }
    }

    private int? EffectOn(Step step)
    {
        var counts = matches(step);
        if (counts)
        {
            Steps.Add(step);
            if (++_count == At)
            {
                Struck = step;
                return Errno;
            }
        }

        return Struck is null ? null : Afterwards switch
        {
            Afterwards.ItsKind => counts ? Errno : null,
            Afterwards.All => Errno,
            Afterwards.OneMore => ++_since == Second.Calls ? Second.Errno : null,
            _ => null,
        };
    }
}
