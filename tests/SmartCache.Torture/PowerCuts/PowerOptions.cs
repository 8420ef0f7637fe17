using System.Globalization;

namespace SmartCache.Torture.PowerCuts;

/// <summary>What the command <c>power-cuts</c> is given.</summary>
/// <param name="Directory">For everything; in memory it is faster.</param>
/// <param name="Kind">The file system.</param>
/// <param name="Seed">Of the first recording; each further one has the next.</param>
/// <param name="Images">How many distinct ones.</param>
/// <param name="Seconds">How long the workers of one recording work.</param>
/// <param name="Flushes">Whether the workers' flushes reach the disk.</param>
internal sealed record PowerOptions(string Directory, DiskKind Kind, ulong Seed, int Images, double Seconds, bool Flushes)
{
    public const int Workers = 4;

    /// <exception cref="ArgumentException">Something is not understood.</exception>
    /// <exception cref="FormatException">A number is none.</exception>
    public static PowerOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PowerOptions(arguments is [var directory, ..] ? Path.GetFullPath(directory) : throw new ArgumentException("power-cuts DIRECTORY is meant."), DiskKind.Named("ext4"), 1, 1000, 10, Flushes: true);
        for (var i = 1; i < arguments.Count; i++)
        {
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value.");
            options = arguments[i] switch
            {
                "--file-system" => options with { Kind = DiskKind.Named(Value()) },
                "--seed" => options with { Seed = ulong.Parse(Value(), CultureInfo.InvariantCulture) },
                "--images" => options with { Images = int.Parse(Value(), CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = double.Parse(Value(), CultureInfo.InvariantCulture) },
                "--no-flushes" => options with { Flushes = false },
                var other => throw new ArgumentException($"{other}: --file-system, --seed, --images, --seconds or --no-flushes is meant."),
            };
        }

        return options;
    }
}
