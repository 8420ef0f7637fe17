using System.Globalization;

namespace SmartCache.Simulation;

/// <summary>Sizes as people write them.</summary>
internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1), ("", 1),
    ];

    /// <exception cref="ArgumentException">Not a size.</exception>
    public static long Parse(string text)
    {
        var trimmed = text.Trim();
        var (unit, bytes) = Units.First(candidate => trimmed.EndsWith(candidate.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(trimmed[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number * bytes < long.MaxValue / 2
            ? (long)(number * bytes)
            : throw new ArgumentException($"'{text}' is not a size. Examples: 50GB, 50GiB, 500MB.");
    }

    public static string Format(double bytes)
    {
        var (unit, divisor) = bytes switch
        {
            >= 1e12 => ("TB", 1e12),
            >= 1e9 => ("GB", 1e9),
            >= 1e6 => ("MB", 1e6),
            _ => ("B", 1.0),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / divisor:0.##} {unit}");
    }
}
