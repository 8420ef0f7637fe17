using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Prints each figure with what it must be, and keeps count of those that are.</summary>
internal sealed class Targets
{
    private int _all;
    private int _met;

    public void Print(string what, string figure, string target, bool isMet)
    {
        _all++;
        _met += isMet ? 1 : 0;
        Console.WriteLine($"{what,-72} {figure}; must be {target}: {(isMet ? "met" : "NOT MET")}");
    }

    /// <summary>The last line.</summary>
    /// <returns>The exit code.</returns>
    public int End()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_met} of {_all} targets met"));
        return _met == _all ? 0 : 1;
    }
}
