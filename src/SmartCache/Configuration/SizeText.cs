namespace SmartCache.Configuration;

/// <summary>Sizes: <c>50GB</c> is 50 × 10⁹ bytes, <c>50GiB</c> 50 × 2³⁰, a bare number bytes.</summary>
internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("B", 1),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
    ];

    /// <summary>Null when <paramref name="text"/> is a size, else what is wrong with it.</summary>
    public static string? Parse(string text, out long bytes)
    {
        bytes = 0;
        if (Measure.Split(text, out var number, out var unit) is { } problem)
        {
            return problem;
        }

        var factor = unit.Length == 0 ? 1 : Array.Find(Units, known => known.Unit.Equals(unit, StringComparison.OrdinalIgnoreCase)).Bytes;
        if (factor == 0)
        {
            return $"has a unit that is not one of {string.Join(", ", Units.Select(known => known.Unit))}";
        }

        if (factor == 1 && number != decimal.Truncate(number))
        {
            return "is not a whole number of bytes";
        }

        if (number > long.MaxValue / factor)
        {
            return "is too large to be counted in bytes";
        }

        bytes = (long)(number * factor);
        return null;
    }
}
