using System.ComponentModel;
using System.Diagnostics;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Finding;

/// <summary>Asks systemd for the environment and the working directory of a worker's unit.</summary>
internal sealed class UnitReader(ToolHost host)
{
    private const string Program = "systemctl";

    private static readonly string[] _properties = ["LoadState", "Environment", "EnvironmentFiles", "WorkingDirectory", "CacheDirectory", "User", "ExecStart"];

    /// <exception cref="ToolException">There is no such unit, or no systemd.</exception>
    public UnitFacts Read(string unit)
    {
        var lines = Show(unit).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ValueOf(lines, "LoadState") is not ("loaded" or "masked"))
        {
            throw new ToolException($"systemd knows no unit '{unit}' (LoadState={ValueOf(lines, "LoadState")}). `systemctl list-units --type=service` lists them.", ExitCode.CouldNotLook);
        }

        var looked = new List<string> { $"--unit: {unit}" };
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal);
        AddCacheDirectory(lines, environment, looked);
        Add(UnitWords.Split(ValueOf(lines, "Environment")).Select(static word => word.Split('=', 2)).Where(static pair => pair.Length == 2).Select(static pair => KeyValuePair.Create(pair[0], (string?)pair[1])), environment);
        foreach (var file in FilesOf(lines))
        {
            AddFile(file, environment, looked);
        }

        // "!" where it may be missing, "~" for the user's home, nothing for the root.
        var directory = ValueOf(lines, "WorkingDirectory").TrimStart('!', '-') is { Length: > 0 } given ? given : "/";
        looked.Add($"its WorkingDirectory: {directory}{(ValueOf(lines, "User") is { Length: > 0 } user ? $"; its User: {user}" : "")}");
        return new UnitFacts(directory == "~" ? HomeOf(ValueOf(lines, "User")) : directory, environment, ArgumentsOf(ValueOf(lines, "ExecStart")), looked);
    }

    private string Show(string unit)
    {
        var path = (host.Environment.GetValueOrDefault("PATH") ?? "/usr/bin:/bin").Split(':').Select(static directory => Path.Combine(directory, Program)).FirstOrDefault(File.Exists)
            ?? throw new ToolException($"--unit asks systemd, and there is no {Program} here. Name the directory: --directory, or the worker's settings: --settings.", ExitCode.CouldNotLook);
        try
        {
            var start = new ProcessStartInfo(path, ["show", "--no-pager", .. _properties.SelectMany(static property => new[] { "-p", property }), "--", unit]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["LC_ALL"] = "C";
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new ToolException($"{Program} show {unit}: {error.GetAwaiter().GetResult().Trim()}", ExitCode.CouldNotLook);
        }
        catch (Win32Exception exception)
        {
            throw new ToolException($"{path}: {exception.Message}", ExitCode.CouldNotLook);
        }
    }

    private static string ValueOf(string[] lines, string property) =>
        lines.FirstOrDefault(line => line.StartsWith(property + "=", StringComparison.Ordinal)) is { } line ? line[(property.Length + 1)..].TrimEnd('\r') : "";

    // As systemd sets it: below /var/cache, with colons between several.
    private static void AddCacheDirectory(string[] lines, Dictionary<string, string?> environment, List<string> looked)
    {
        if (ValueOf(lines, "CacheDirectory") is { Length: > 0 } names)
        {
            environment["CACHE_DIRECTORY"] = string.Join(':', UnitWords.Split(names).Select(static name => Path.Combine("/var/cache", name)));
            looked.Add($"its CacheDirectory: {names}");
        }
    }

    // EnvironmentFiles=/etc/default/encoder (ignore_errors=yes), a line for each.
    private static IEnumerable<string> FilesOf(string[] lines) => lines.Where(static line => line.StartsWith("EnvironmentFiles=", StringComparison.Ordinal))
        .Select(static line => line["EnvironmentFiles=".Length..]).Select(static value => value.LastIndexOf(" (ignore_errors=", StringComparison.Ordinal) is > 0 and var end ? value[..end] : value);

    private static void AddFile(string file, Dictionary<string, string?> environment, List<string> looked)
    {
        try
        {
            Add(UnitWords.Variables(File.ReadAllText(file)), environment);
            looked.Add($"its EnvironmentFile: {file}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            looked.Add($"its EnvironmentFile: {file}, which cannot be read: {exception.Message}");
        }
    }

    // What comes later wins.
    private static void Add(IEnumerable<KeyValuePair<string, string?>> variables, Dictionary<string, string?> environment)
    {
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }
    }

    // { path=/usr/bin/dotnet ; argv[]=/usr/bin/dotnet worker.dll --Cache:MaxSize=5GB ; ignore_errors=no ; … }
    private static IReadOnlyList<string> ArgumentsOf(string start)
    {
        const string begin = "argv[]=";
        var from = start.IndexOf(begin, StringComparison.Ordinal);
        var to = start.IndexOf(" ; ignore_errors=", StringComparison.Ordinal);
        return from < 0 || to < from ? [] : UnitWords.Split(start[(from + begin.Length)..to]);
    }

    private static string HomeOf(string user) =>
        user.Length == 0 || user == "root" || !File.Exists("/etc/passwd") ? "/root"
        : File.ReadLines("/etc/passwd").Select(static line => line.Split(':')).FirstOrDefault(fields => fields.Length > 5 && fields[0] == user) is { } found ? found[5] : "/";
}
