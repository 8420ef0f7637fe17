using SmartCache.Diagnostics;

namespace SmartCache.Uploads;

/// <summary>
/// Progress of asking several targets at once what they still hold: the mean over all of them, one report at a time and in order, so that it never goes back.
/// </summary>
internal sealed class CheckingProgress(IProgress<StageProgress>? progress, int targets)
{
    // Held while the listener is called: of two reports that were only computed under it, the lower could arrive last.
    private readonly Lock _lock = new();
    private readonly double[] _fractions = new double[targets];

    public void Report(int target, double fraction)
    {
        lock (_lock)
        {
            Set(target, fraction);
            progress.Tell(new StageProgress("checking") { Fraction = Math.Min(1, _fractions.Sum() / targets) });
        }
    }

    /// <summary>A target has no more to be asked, however far it came.</summary>
    public void Ended(int target)
    {
        lock (_lock)
        {
            Set(target, 1);
        }
    }

    private void Set(int target, double fraction) => _fractions[target] = Math.Max(_fractions[target], fraction);
}
