using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Torture.PowerCuts;

/// <summary>How long each step of a run took, summed over its lanes.</summary>
internal sealed class PowerTimes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TimeSpan> _steps = new(StringComparer.Ordinal);

    /// <summary>A step, until what is returned is disposed.</summary>
    public Step Of(string name) => new(this, name, Stopwatch.GetTimestamp());

    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join(", ", _steps.OrderByDescending(static step => step.Value).Select(static step => string.Create(CultureInfo.InvariantCulture, $"{step.Key} {step.Value.TotalSeconds:F1} s")));
        }
    }

    private void Add(string name, TimeSpan took)
    {
        lock (_gate)
        {
            _steps[name] = _steps.GetValueOrDefault(name) + took;
        }
    }

    internal readonly struct Step(PowerTimes times, string name, long began) : IDisposable
    {
        public void Dispose() => times.Add(name, Stopwatch.GetElapsedTime(began));
    }
}
