using System.Globalization;

namespace EncoderWorker.Options;

internal static class WorkerOptionsParser
{
    /// <exception cref="OptionException">An option is unknown, lacks its value, or has one that cannot be used.</exception>
    public static WorkerOptions Parse(IReadOnlyList<string> args)
    {
        var options = new WorkerOptions();
        List<string> hostArguments = [];
        for (var i = 0; i < args.Count; i++)
        {
            var (name, inline) = Split(args[i]);
            string Value(string example) => inline ?? (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal)
                ? args[++i]
                : throw new OptionException($"{name} needs a value; for example {name} {example}"));

            if (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal))
            {
                hostArguments.Add($"{name}={Value("VALUE")}");
                continue;
            }

            options = name switch
            {
                "--video" => options with { Video = Video(Value("movie.mp4")) },
                "--profiles" => options with { Profiles = Ladder.Parse(Value("720p,480p")) },
                "--fail-at" => options with { FailAt = Percent(name, Value("90")) },
                "--crash-at" => options with { CrashAtPercent = Percent(name, Value("60")) },
                "--cache" => options with { CacheDirectory = CacheDirectory(Value("/var/cache/encoder")) },
                "--jobs" => options with { Jobs = Jobs(Value("3")) },
                "--prefetch" => options with { Prefetch = Ahead(Value("2")) },
                "--origin-seconds" => options with { OriginSeconds = Seconds(Value("3")) },
                "--ipfs" => options with { Ipfs = Node(Value("http://127.0.0.1:5001")) },
                "--report" => options with { ReportFile = Report(Value("report.json")) },
                "--keep" => Flag(name, inline, options with { Keep = true }),
                "--no-cache" => Flag(name, inline, options with { NoCache = true }),
                "--help" or "-h" => options with { ShowHelp = true },
                _ => throw new OptionException($"\"{name}\" is not an option."),
            };
        }

        if (options.NoCache && (options.CacheDirectory is not null || options.Keep))
            throw new OptionException("--no-cache goes neither with --cache nor with --keep.");
        if (options.NoCache && options.CrashAtPercent > 0)
            throw new OptionException("--no-cache does not go with --crash-at: without a cache nothing is there to go on from.");
        if (options.OriginSeconds is not null && options.Prefetch is null)
            throw new OptionException("--origin-seconds goes with --prefetch only.");
        if (options.Prefetch is not null && (options.CrashAtPercent > 0 || options.VideoIsRemote))
            throw new OptionException("--prefetch goes neither with --crash-at nor with a video at an address.");
        return options with { HostArguments = hostArguments };
    }

    private static (string Name, string? Inline) Split(string argument)
    {
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static WorkerOptions Flag(string name, string? inline, WorkerOptions options) =>
        inline is null ? options : throw new OptionException($"{name} takes no value.");

    private static string Video(string text)
    {
        // Only the scheme is ever shown: an address may carry credentials.
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return text[..text.IndexOf("://", StringComparison.Ordinal)].ToUpperInvariant() is "HTTP" or "HTTPS" or "IPFS"
                ? text
                : throw new OptionException("--video takes a file, or an address that begins with http://, https:// or ipfs://");
        }

        return File.Exists(text) ? Path.GetFullPath(text) : throw new OptionException($"--video: there is no file {text}");
    }

    private static double Percent(string name, string text) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
            ? percent
            : throw new OptionException($"{name}: \"{text}\" is not a percentage from 0 to 100; for example {name} 90");

    private static int Jobs(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var jobs) && jobs is >= 1 and <= 16
            ? jobs
            : throw new OptionException($"--jobs: \"{text}\" is not a number from 1 to 16; for example --jobs 3");

    private static int Ahead(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ahead) && ahead is >= 0 and <= 16
            ? ahead
            : throw new OptionException($"--prefetch: \"{text}\" is not a number from 0 to 16; for example --prefetch 2");

    private static double Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 3600
            ? seconds
            : throw new OptionException($"--origin-seconds: \"{text}\" is not a number of seconds up to 3600; for example --origin-seconds 3");

    private static Uri Node(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var node) && node.Scheme is "http" or "https"
            ? node
            : throw new OptionException("--ipfs needs the http(s) address of a node's RPC API; for example --ipfs http://127.0.0.1:5001");

    private static string CacheDirectory(string text) =>
        text.Length > 0 ? Path.GetFullPath(text) : throw new OptionException("--cache needs a directory; for example --cache /var/cache/encoder");

    private static string Report(string text)
    {
        var path = text.Length > 0 ? Path.GetFullPath(text) : throw new OptionException("--report needs a file; for example --report report.json");
        if (Directory.Exists(path))
            throw new OptionException($"--report: {text} is a directory.");
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new OptionException($"--report: there is no directory {Path.GetDirectoryName(path)}");
        return path;
    }
}
