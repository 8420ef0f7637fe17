using System.Globalization;

namespace SmartCache.Benchmarks;

internal sealed record BenchmarkOptions(BenchmarkMode Mode)
{
    public const string Usage = "Usage: SmartCache.Benchmarks [overhead | checkpoint [--node URL] [--files N] | upload --node URL] [--at-once N] [--quick] [--dir DIRECTORY]";

    /// <summary>Smaller files and fewer rounds: a look in well under a minute, not figures to quote.</summary>
    public bool Quick { get; private init; }

    /// <summary>Where the files lie: its file system is what is measured.</summary>
    public string Directory { get; private init; } = Path.GetTempPath();

    /// <summary>The IPFS node to upload to; without one, <see cref="BenchmarkMode.Checkpoint"/> uses a server of its own.</summary>
    public Uri? Node { get; private init; }

    /// <summary>Files that are uploaded at the same time.</summary>
    public int AtOnce { get; private init; } = 4;

    /// <summary>For <see cref="BenchmarkMode.Checkpoint"/>.</summary>
    public int Files { get; private init; } = 10_000;

    /// <summary>For <see cref="BenchmarkMode.Attempt"/>.</summary>
    public bool WithCache { get; private init; }

    public int Port { get; private init; }

    public int WorkPerFile { get; private init; }

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
                case "checkpoint":
                    options = options with { Mode = BenchmarkMode.Checkpoint };
                    break;
                case "upload":
                    options = options with { Mode = BenchmarkMode.Upload };
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
                case "--node" when Uri.TryCreate(next, UriKind.Absolute, out var node):
                    options = options with { Node = node };
                    i++;
                    break;
                case "--at-once" when int.TryParse(next, CultureInfo.InvariantCulture, out var atOnce):
                    options = options with { AtOnce = atOnce };
                    i++;
                    break;
                case "--files" when int.TryParse(next, CultureInfo.InvariantCulture, out var files):
                    options = options with { Files = files };
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
