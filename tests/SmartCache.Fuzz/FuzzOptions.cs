using System.Globalization;

namespace SmartCache.Fuzz;

/// <summary>The command line.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = "--seed N (1)  --cases N (200000)  --target NAME (all)  --case N (only this one of the target)";

    public int Seed { get; init; } = 1;

    public long Cases { get; init; } = 200_000;

    public string? Target { get; init; }

    public long? Case { get; init; }

    public static FuzzOptions? Parse(string[] arguments)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length)
            {
                return null;
            }

            var value = arguments[i + 1];
            var isNumber = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            FuzzOptions? next = arguments[i] switch
            {
                "--seed" when isNumber => options with { Seed = (int)number },
                "--cases" when isNumber => options with { Cases = number },
                "--target" => options with { Target = value },
                "--case" when isNumber => options with { Case = number },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return options;
    }
}
