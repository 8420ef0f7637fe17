using System.Globalization;

namespace SmartCache.Benchmarks;

internal sealed record BenchmarkOptions(BenchmarkMode Mode)
{
    public const string Usage = "Usage: SmartCache.Benchmarks [overhead|scale] [--quick] [--dir DIRECTORY] [--entries N]";

    /// <summary>Smaller files and fewer rounds: a look in well under a minute, not figures to quote.</summary>
    public bool Quick { get; private init; }

    /// <summary>Where the files lie: its file system is what is measured.</summary>
    public string Directory { get; private init; } = Path.GetTempPath();

    /// <summary>For <see cref="BenchmarkMode.Attempt"/>.</summary>
    public bool WithCache { get; private init; }

    public int Port { get; private init; }

    public int WorkPerFile { get; private init; }

    /// <summary>For <see cref="BenchmarkMode.Scale"/>: how many entries; both sizes of the issue by default.</summary>
    public int? Entries { get; private init; }

    /// <summary>For <see cref="BenchmarkMode.ScaleStep"/>.</summary>
    public string Step { get; private init; } = "";

    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions(BenchmarkMode.Tables);
        for (var i = 0; i < args.Length; i++)
        {
            var next = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "overhead":
                    options = options with { Mode = BenchmarkMode.Overhead };
                    break;
                case "attempt":
                    options = options with { Mode = BenchmarkMode.Attempt };
                    break;
                case "scale":
                    options = options with { Mode = BenchmarkMode.Scale };
                    break;
                case "scale-step":
                    options = options with { Mode = BenchmarkMode.ScaleStep };
                    break;
                case "--entries" when int.TryParse(next, CultureInfo.InvariantCulture, out var entries) && entries is >= 1 and <= 1_000_000:
                    options = options with { Entries = entries };
                    i++;
                    break;
                case "--step" when next is not null:
                    options = options with { Step = next };
                    i++;
                    break;
                case "--quick":
                    options = options with { Quick = true };
                    break;
                case "--with-cache":
                    options = options with { WithCache = true };
                    break;
                case "--dir" when next is not null:
                    options = options with { Directory = Path.GetFullPath(next) };
                    i++;
                    break;
                case "--port" when int.TryParse(next, CultureInfo.InvariantCulture, out var port):
                    options = options with { Port = port };
                    i++;
                    break;
                case "--work" when int.TryParse(next, CultureInfo.InvariantCulture, out var work):
                    options = options with { WorkPerFile = work };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
