using System.Globalization;
using SmartCache.Torture.Workload;

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

    /// <summary>What the cache lies on: <see cref="SmartCache.Torture.Medium"/> has the names.</summary>
    public string Medium { get; private init; } = SmartCache.Torture.Medium.Plain;

    /// <summary>1: all workers under the user of this process; 2: in turn under two others of a common group.</summary>
    public int Users { get; private init; } = 1;

    public bool IsShared => Users > 1;

    public bool HasDisk => Medium != SmartCache.Torture.Medium.Plain;

    /// <summary>Of this run; the disk is mounted by whoever begins it.</summary>
    public RunPaths Paths => new(Directory, HasDisk ? Path.Combine(Directory, "disk") : null);

    /// <summary>For a worker of this run.</summary>
    public string[] Arguments =>
    [
        "--seed", Text(Seed), "--kills", Text(Kills), "--processes", Text(Processes), "--minutes", Text(Minutes), "--max-size", Text(MaxSize),
        "--quota", QuotaIsHard ? "hard" : "report", "--medium", Medium, "--users", Text(Users), "--dir", Directory,
    ];

    public string Command => $"dotnet run -c Release --project tests/SmartCache.Torture -- torture {string.Join(' ', Arguments)}";

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
                "--medium" => options with { Medium = value },
                "--users" => options with { Users = int.Parse(value, CultureInfo.InvariantCulture) },
                var unknown => throw new ArgumentException($"Unknown option {unknown}."),
            };
        }

        return options.Users is 1 or 2 ? options : throw new ArgumentException("--users: 1 or 2 is meant.");
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
