using System.Globalization;

namespace EncoderWorker.Reporting;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    private static readonly string[] _units = ["B", "kB", "MB", "GB", "TB"];

    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1000 && unit < _units.Length - 1; unit++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {_units[unit]}");
    }

    public static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");
}
