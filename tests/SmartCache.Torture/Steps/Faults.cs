using System.Globalization;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>
/// The verb <c>faults</c>: for each operation and each <see cref="Fault"/>, makes the N-th call that it fits on a path of the cache go wrong, for every N
/// that the operation reaches. The job must get its bytes, the next one too, what lies in the cache must be sound, what was promised without a word
/// about a fault must hold, nothing may be held, and no line may stand in the log twice.
/// </summary>
internal sealed class Faults(string root, int share, int offset, SweepLimit limit) : IDisposable
{
    /// <summary>What one fault may say in a log: it meets several layers and operations, each of which tells it once.</summary>
    private const int MostLines = 8;

    private readonly Dictionary<(string Operation, string Group, string Column), (int Cases, int Wrong)> _cells = [];
    private readonly SweepTable _table = new("combinations");
    private readonly List<string> _violations = [];
    private Subject? _subject;
    private int _serial;
    private int _combination;
    private int _mostLines;
    private int _missed;

    public void Dispose() => _subject?.Dispose();

    /// <param name="root">An empty directory.</param>
    /// <param name="only">Operations, separated by commas; all without it.</param>
    /// <param name="share">Tries every so manieth combination only.</param>
    /// <param name="offset">Which of those.</param>
    /// <param name="limit">After which no further one begins.</param>
    public static async Task<int> RunAsync(string root, string? only, int share, int offset, SweepLimit limit)
    {
        if (Tracer.WhyNot is { } reason)
        {
            Console.WriteLine($"Skipped: {reason}");
            return 0;
        }

        Directory.CreateDirectory(root);
        using var faults = new Faults(root, share, offset, limit);
        foreach (var operation in Operation.All.Where(operation => only is null ? !operation.WorksInTheCache && !operation.HasRot : only.Split(',').Contains(operation.Name)))
        {
            await faults.TryAsync(operation);
            Console.WriteLine($"{operation.Name}: {faults._table.Tried} combinations so far, {faults._table.Wrong} with violations");
        }

        return faults.Print();
    }

    private async Task TryAsync(Operation operation)
    {
        _subject ??= await Subject.StartAsync();
        await _subject.WarmUpAsync(operation, root);
        var steps = await RecordAsync(_subject, operation);
        _table.See(operation.Name, steps);
        foreach (var fault in Fault.All)
        {
            var reached = steps.FindAll(fault.Fits);
            for (var at = 1; at <= reached.Count; at++)
            {
                if (fault.Takes(operation.Name, at) && _combination++ % share == offset % share && limit.Allows() && !await TryAsync(_subject, operation, fault, at, reached[at - 1]))
                {
                    _subject.Dispose();
                    _subject = await Subject.StartAsync();
                    await _subject.WarmUpAsync(operation, root);
                }
            }
        }
    }

    private async Task<List<Step>> RecordAsync(Subject subject, Operation operation)
    {
        var directory = NewDirectory();
        await subject.PrepareAsync(operation, directory);
        await subject.AttachAsync();
        var injection = new Injection(directory, static _ => true);
        subject.Arm(injection);
        await subject.RunAsync(operation);
        subject.Arm(null);
        await subject.CloseAsync();
        Directory.Delete(directory, recursive: true);
        return injection.Steps;
    }

    /// <returns>Whether the subject can go on.</returns>
    private async Task<bool> TryAsync(Subject subject, Operation operation, Fault fault, int at, Step recorded)
    {
        var directory = NewDirectory();
        var injection = fault.At(directory, operation.Name, at);
        var wrong = new List<string>();
        var alive = true;

        // What is said not to be there is neither stored, removed nor counted; that is no fault to be told. Nor is a file of the job's that cannot be looked at.
        var isTakenForAbsent = fault.Error == "ENOENT";

        // Of two records in one write the first half may be the tree's, and the next write goes short at the file's again. Nobody asks for the file then.
        var treeCovers = fault.Error == "SHORT";

        // The last resort for an entry that must go, is leased, and cannot be moved: its manifest is deleted.
        var mayLackManifest = fault is { Error: "ENOSPC", Group: "rename", Afterwards: Afterwards.ItsKind };
        try
        {
            await subject.AttachAsync();
            await subject.PrepareAsync(operation, directory);

            // Not what was stored before: an entry that could not be read when it was looked for may be taken away.
            File.Delete(new Workload.RunPaths(directory).Promises);
            subject.Arm(injection);
            alive = await subject.RunAsync(operation) != "killed";
            subject.Arm(null);
            alive = alive && (isTakenForAbsent || injection.StruckTheJobs || await subject.LookAtPromisesAsync() != "killed") && await subject.AgainAsync() != "killed";
            Look(await subject.CloseAsync(), fault, wrong);
            wrong.AddRange((await subject.OpenBelowAsync(directory)).Select(static path => $"still open after the end: {path}"));
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException)
        {
            wrong.Add(exception.Message);
            alive = false;
        }

        if (!alive && wrong.Count == 0)
        {
            wrong.Add("the process died: " + subject.LastWords);
        }

        wrong.AddRange(!alive ? [] : CaseAudit.AsItLies(directory, discards: false, counts: !isTakenForAbsent, readsTheJobs: !injection.StruckTheJobs, treeCovers, mayLackManifest));
        _missed += injection.Struck is null ? 1 : 0;
        _table.Try(operation.Name, recorded.Call.Name, wrong.Count > 0);
        var cell = (operation.Name, fault.Group, fault.Column);
        var (cases, wrongs) = _cells.GetValueOrDefault(cell);
        _cells[cell] = (cases + 1, wrongs + (wrong.Count > 0 ? 1 : 0));
        if (wrong.Count == 0)
        {
            Directory.Delete(directory, recursive: true);
        }

        foreach (var what in wrong)
        {
            _violations.Add(string.Create(CultureInfo.InvariantCulture, $"VIOLATION {operation.Name}: {fault} {at}, {injection.Struck?.Name}: {what} ({directory})"));
            Console.WriteLine(_violations[^1]);
        }

        return alive;
    }

    private void Look(List<string> logged, Fault fault, List<string> wrong)
    {
        var lines = logged.Where(static line => line.Contains("fault", StringComparison.OrdinalIgnoreCase)).ToList();
        var most = fault.Afterwards == Afterwards.OneMore ? 2 * MostLines : MostLines;
        _mostLines = Math.Max(_mostLines, lines.Count);
        wrong.AddRange(lines.GroupBy(line => line).Where(line => line.Count() > 1).Select(line => $"logged {line.Count()} times: {line.Key}"));
        if (lines.Count > most)
        {
            wrong.Add($"at most {most} lines were expected, and {lines.Count} were logged: {string.Join(" | ", lines)}");
        }
    }

    private int Print()
    {
        var columns = Fault.All.Select(static fault => fault.Column).Distinct().ToList();
        Console.WriteLine();
        Console.WriteLine($"{"",-18}{"",-10}{string.Concat(columns.Select(static column => $"{column,14}"))}");
        foreach (var row in _cells.Keys.Select(static key => (key.Operation, key.Group)).Distinct())
        {
            var cells = columns.Select(column => _cells.GetValueOrDefault((row.Operation, row.Group, column)));
            Console.WriteLine($"{row.Operation,-18}{row.Group,-10}{string.Concat(cells.Select(static cell => $"{(cell.Cases == 0 ? "-" : $"{cell.Cases - cell.Wrong} of {cell.Cases}"),14}"))}");
        }

        _table.Print();
        Console.WriteLine();
        limit.Print();

        // Once more: of a long run often only the end is kept.
        _violations.ForEach(Console.WriteLine);
        Console.WriteLine($"Most lines in the log for one fault: {_mostLines}. {_missed} combinations were not reached in the second run.");
        Console.WriteLine($"{_table.Tried} combinations of (operation, system call, error, N), {_table.Wrong} with violations");
        return _table.Wrong == 0 ? 0 : 1;
    }

    private string NewDirectory() => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"case-{_serial++:D5}"));
}
