using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Torture.Steps;

/// <summary>How long a sweep may go on; what it did not get to is counted and said.</summary>
internal sealed class SweepLimit(TimeSpan? limit)
{
    private const string Option = "--seconds";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _left;

    /// <summary>Takes <c>--seconds N</c> off the end of the arguments; without it there is no limit.</summary>
    public static SweepLimit TakeFrom(ref string[] arguments)
    {
        if (arguments is not [.. var rest, Option, var seconds])
        {
            return new SweepLimit(null);
        }

        arguments = rest;
        return new SweepLimit(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether one more case may begin; one that may not is left out.</summary>
    public bool Allows()
    {
        if (limit is null || _clock.Elapsed < limit)
        {
            return true;
        }

        Interlocked.Increment(ref _left);
        return false;
    }

    public void Print()
    {
        if (_left > 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_left} of this share were left out at the limit of {limit!.Value.TotalSeconds:F0} s."));
        }
    }
}
