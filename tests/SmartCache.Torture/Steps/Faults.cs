using System.Globalization;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>
/// The verb <c>faults</c>: for each operation, each kind of system call and each error, makes the N-th such call on a path of the cache fail, for every N
/// that the operation reaches; once alone, and once with all later ones as well, as a disk does that stays full. The job must get its bytes, the next
/// one too, what lies in the cache must be sound, and no line may stand in the log twice.
/// </summary>
internal sealed class Faults(string root, int share, int offset)
{
    /// <summary>What one fault may say in a log: it meets several layers and operations, each of which tells it once.</summary>
    private const int MostLines = 5;

    private static readonly string[] _groups = ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta"];
    private static readonly (string Name, int Errno)[] _errors = [("ENOSPC", 28), ("EIO", 5), ("EACCES", 13), ("EMFILE", 24), ("EINTR", 4)];

    private readonly Dictionary<(string Operation, string Group, string Error), (int Cases, int Wrong, int Struck)> _table = [];
    private readonly List<string> _violations = [];
    private int _serial;
    private int _combination;
    private int _mostLines;

    /// <param name="root">An empty directory.</param>
    /// <param name="only">Operations, separated by commas; all without it.</param>
    /// <param name="share">Tries every so manieth combination only.</param>
    /// <param name="offset">Which of those.</param>
    public static async Task<int> RunAsync(string root, string? only, int share, int offset)
    {
        if (Tracer.WhyNot is { } reason)
        {
            Console.WriteLine($"Skipped: {reason}");
            return 0;
        }

        Directory.CreateDirectory(root);
        var faults = new Faults(root, share, offset);
        foreach (var operation in Operation.All.Where(operation => only is null ? !operation.WorksInTheCache : only.Split(',').Contains(operation.Name)))
        {
            await faults.TryAsync(operation);
            Console.WriteLine($"{operation.Name}: {faults._serial} combinations so far, {faults._violations.Count} violations");
        }

        return faults.Print();
    }

    private async Task TryAsync(Operation operation)
    {
        var subject = await Subject.StartAsync(root, [operation, operation]);
        try
        {
            var steps = await RecordAsync(subject, operation);
            foreach (var group in _groups)
            {
                var reached = steps.Count(step => step.Call.Group == group);
                foreach (var (name, errno) in _errors)
                {
                    // Whoever is interrupted tries again, for ever if it must.
                    foreach (var persists in name == "EINTR" ? new[] { false } : [false, true])
                    {
                        for (var at = 1; at <= reached; at++)
                        {
                            if (_combination++ % share == offset % share && !await TryAsync(subject, operation, group, name, errno, at, persists))
                            {
                                subject.Dispose();
                                subject = await Subject.StartAsync(root, [operation, operation]);
                            }
                        }
                    }
                }
            }
        }
        finally
        {
            subject.Dispose();
        }
    }

    private async Task<List<Step>> RecordAsync(Subject subject, Operation operation)
    {
        var directory = NewDirectory();
        await subject.PrepareAsync(operation, directory);
        await subject.AttachAsync();
        var injection = new Injection(Path.Combine(directory, "cache"), static _ => true);
        subject.Arm(injection);
        await subject.RunAsync(operation);
        subject.Arm(null);
        await subject.CloseAsync();
        Directory.Delete(directory, recursive: true);
        return injection.Steps;
    }

    /// <returns>Whether the subject can go on.</returns>
    private async Task<bool> TryAsync(Subject subject, Operation operation, string group, string error, int errno, int at, bool persists)
    {
        var directory = NewDirectory();
        var injection = new Injection(Path.Combine(directory, "cache"), step => step.Call.Group == group) { At = at, Errno = errno, Persists = persists };
        var wrong = new List<string>();
        var alive = true;
        try
        {
            await subject.AttachAsync();
            await subject.PrepareAsync(operation, directory);
            subject.Arm(injection);
            alive = await subject.RunAsync(operation) != "killed";
            subject.Arm(null);
            alive = alive && await subject.AgainAsync() != "killed";
            Look(await subject.CloseAsync(), wrong);
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException)
        {
            wrong.Add(exception.Message);
            alive = false;
        }

        wrong.AddRange(alive ? CaseAudit.AsItLies(directory, discards: false) : ["the process died or hung"]);
        var (cases, wrongs, struck) = _table.GetValueOrDefault((operation.Name, group, error));
        _table[(operation.Name, group, error)] = (cases + 1, wrongs + (wrong.Count > 0 ? 1 : 0), struck + (injection.Struck is null ? 0 : 1));
        if (wrong.Count > 0)
        {
            var point = string.Create(CultureInfo.InvariantCulture, $"{operation.Name}: {error} at {group} {at}{(persists ? " and on" : "")}, {injection.Struck?.Name}");
            _violations.AddRange(wrong.Select(what => $"{point}: {what} ({directory})"));
            foreach (var what in wrong)
            {
                Console.WriteLine($"VIOLATION {point}: {what}");
            }
        }
        else
        {
            Directory.Delete(directory, recursive: true);
        }

        return alive;
    }

    private void Look(List<string> logged, List<string> wrong)
    {
        var lines = logged.Where(static line => line.Contains("fault", StringComparison.OrdinalIgnoreCase)).ToList();
        _mostLines = Math.Max(_mostLines, lines.Count);
        wrong.AddRange(lines.GroupBy(line => line).Where(line => line.Count() > 1).Select(line => $"logged {line.Count()} times: {line.Key}"));
        if (lines.Count > MostLines)
        {
            wrong.Add($"one fault made {lines.Count} lines: {string.Join(" | ", lines)}");
        }
    }

    private int Print()
    {
        Console.WriteLine();
        Console.WriteLine($"{"",-18}{"",-8}{string.Concat(_errors.Select(error => $"{error.Name,14}"))}");
        foreach (var row in _table.Keys.Select(key => (key.Operation, key.Group)).Distinct())
        {
            var cells = _errors.Select(error => _table.GetValueOrDefault((row.Operation, row.Group, error.Name)));
            Console.WriteLine($"{row.Operation,-18}{row.Group,-8}{string.Concat(cells.Select(cell => $"{(cell.Cases == 0 ? "-" : $"{cell.Cases - cell.Wrong} of {cell.Cases}"),14}"))}");
        }

        var tried = _table.Values.Sum(cell => cell.Cases);
        Console.WriteLine();
        Console.WriteLine($"Most lines in the log for one fault: {_mostLines}. {tried - _table.Values.Sum(cell => cell.Struck)} combinations were not reached in the second run.");
        Console.WriteLine($"{tried} combinations of (operation, system call, error, N), {_table.Values.Sum(cell => cell.Wrong)} with violations");
        return _violations.Count == 0 ? 0 : 1;
    }

    private string NewDirectory() => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"case-{_serial++:D5}"));
}
