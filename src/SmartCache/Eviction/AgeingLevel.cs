namespace SmartCache.Eviction;

/// <summary>
/// The ageing value of GreedyDual: rises to the rank of each protected victim, and an entry's rank starts from the value at
/// its last access, so that what nobody touches is overtaken. The value is kept as a history of steps and looked up by the
/// time of access, because accesses of other processes are known only by their time.
/// </summary>
internal sealed class AgeingLevel
{
    public const int MaxSteps = 256;

    private readonly List<AgeingStep> _steps = [];

    public double Current => _steps.Count == 0 ? 0 : _steps[^1].Level;

    public IReadOnlyList<AgeingStep> Steps => _steps;

    /// <summary>The value as it was at that time.</summary>
    public double At(DateTimeOffset time)
    {
        int low = 0, high = _steps.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_steps[middle].Since <= time)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? 0 : _steps[low - 1].Level;
    }

    public void RaiseTo(double level, DateTimeOffset now)
    {
        if (!double.IsFinite(level) || level <= Current)
            return;
        if (_steps.Count > 0 && now <= _steps[^1].Since)
            _steps[^1] = _steps[^1] with { Level = level };
        else
            _steps.Add(new AgeingStep(now, level));
        if (_steps.Count > MaxSteps)
            Thin();
    }

    /// <summary>Replaces the history; whatever does not rise in time and level is left out.</summary>
    public void Load(IEnumerable<AgeingStep?> steps)
    {
        _steps.Clear();
        foreach (var step in steps.Take(MaxSteps))
        {
            if (step is not null && (_steps.Count == 0 || step.Since > _steps[^1].Since))
                RaiseTo(step.Level, step.Since);
        }
    }

    // Old steps blur first: what they rank has mostly gone.
    private void Thin()
    {
        var kept = 0;
        for (var i = 0; i < _steps.Count; i++)
        {
            if (i >= MaxSteps / 2 || i % 2 == 0)
                _steps[kept++] = _steps[i];
        }

        _steps.RemoveRange(kept, _steps.Count - kept);
    }
}
