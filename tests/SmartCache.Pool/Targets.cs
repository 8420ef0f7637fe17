using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Prints figures beside what was promised, and counts what was kept.</summary>
internal static class Targets
{
    private static int _all;
    private static int _met;

    public static bool AreMet => _met == _all;

    public static void AtMost(string what, double figure, double most, string unit = "", string beside = "") =>
        Print(what, figure <= most, Text(figure, unit, beside), $"<= {most.ToString("0.##", CultureInfo.InvariantCulture)}{unit}");

    public static void AtLeast(string what, double figure, double least, string unit = "", string beside = "") =>
        Print(what, figure >= least, Text(figure, unit, beside), $">= {least.ToString("0.##", CultureInfo.InvariantCulture)}{unit}");

    /// <summary>What is no number, or several.</summary>
    public static void Print(string what, bool isMet, string figure, string target)
    {
        _all++;
        _met += isMet ? 1 : 0;
        PoolPlace.Print(what, $"{figure}   [target {target}: {(isMet ? "met" : "NOT MET")}]");
    }

    /// <summary>The last line.</summary>
    /// <returns>The exit code.</returns>
    public static int End()
    {
        PrintTotals();
        return AreMet ? 0 : 1;
    }

    public static void PrintTotals() => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_met} of {_all} targets met"));

    private static string Text(double figure, string unit, string beside) => figure.ToString("0.###", CultureInfo.InvariantCulture) + unit + (beside.Length > 0 ? $" ({beside})" : "");
}
