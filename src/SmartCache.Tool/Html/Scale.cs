using System.Globalization;

namespace SmartCache.Tool.Html;

/// <summary>An upright axis: from nothing to a round number, with three labels that have a unit.</summary>
internal sealed record Scale(double Top, IReadOnlyList<(double Value, string Label)> Ticks)
{
    private static readonly double[] _round = [1, 2, 4, 6, 8, 10];

    // Where nothing is above it, a height says nothing.
    private static readonly Scale _nothing = new(1, [(0, "0")]);

    public static Scale Percent { get; } = Of(1, static value => string.Create(CultureInfo.InvariantCulture, $"{value * 100:0} %"));

    public static Scale OfCounts(double highest) => highest <= 0 ? _nothing : Of(Math.Max(2, Round(highest)), static value => value.ToString("0", CultureInfo.InvariantCulture));

    public static Scale OfBytes(double highest)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var unit = Math.Clamp((int)(Math.Log10(Math.Max(1, highest)) / 3), 0, units.Length - 1);
        return OfUnit(highest, Math.Pow(1000, unit), units[unit]);
    }

    public static Scale OfSeconds(double highest) => highest switch
    {
        < 120 => OfUnit(highest, 1, "s"),
        < 7200 => OfUnit(highest, 60, "min"),
        _ => OfUnit(highest, 3600, "h"),
    };

    private static Scale OfUnit(double highest, double unit, string name) =>
        highest <= 0 ? _nothing : Of(Round(highest / unit) * unit, value => value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{value / unit:0.###} {name}"));

    private static Scale Of(double top, Func<double, string> label) => new(top, [.. new[] { 0, top / 2, top }.Select(value => (value, label(value)))]);

    private static double Round(double highest)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(highest)));
        return power * _round.FirstOrDefault(round => round * power >= highest * 0.999999, 10);
    }
}
