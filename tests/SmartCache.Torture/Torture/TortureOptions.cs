using System.Globalization;

namespace SmartCache.Torture;

/// <summary>The command line of <c>torture</c>.</summary>
internal sealed record TortureOptions
{
    public ulong Seed { get; private init; } = 1;

    public int Kills { get; private init; } = 200;

    public int Processes { get; private init; } = 4;

    public string Directory { get; private init; } = Path.Combine(Path.GetTempPath(), "smartcache-torture");

    /// <summary>Ends the killing when so much time is over, even if fewer were killed.</summary>
    public double Minutes { get; private init; } = 60;

    public long MaxSize { get; private init; } = 16_000_000;

    /// <summary>Whether bytes on disk beyond <see cref="MaxSize"/> are a violation, or only printed.</summary>
    public bool QuotaIsHard { get; private init; } = true;

    public string Command => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project tests/SmartCache.Torture -- torture --seed {Seed} --kills {Kills} --processes {Processes} --minutes {Minutes} --max-size {MaxSize} --quota {(QuotaIsHard ? "hard" : "report")} --dir {Directory}");

    /// <exception cref="ArgumentException">The command line makes no sense.</exception>
    public static TortureOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TortureOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} wants a value.");
            options = arguments[i] switch
            {
                "--seed" => options with { Seed = ulong.Parse(value, CultureInfo.InvariantCulture) },
                "--kills" => options with { Kills = int.Parse(value, CultureInfo.InvariantCulture) },
                "--processes" => options with { Processes = int.Parse(value, CultureInfo.InvariantCulture) },
                "--dir" => options with { Directory = Path.GetFullPath(value) },
                "--minutes" => options with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
                "--max-size" => options with { MaxSize = long.Parse(value, CultureInfo.InvariantCulture) },
                "--quota" => options with { QuotaIsHard = value == "hard" },
                var unknown => throw new ArgumentException($"Unknown option {unknown}."),
            };
        }

        return options;
    }
}
