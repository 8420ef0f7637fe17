using System.Globalization;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>
/// The verb <c>crash-points</c>: each operation is recorded once, then done again for each of its steps, by a worker that is killed right before that step,
/// which is right after the one before; the last run ends right after the last step. A step is a system call that changes something on disk or a lock.
/// </summary>
internal sealed class CrashPoints(string root, string? only, int share, int offset, int parallel, SweepLimit limit) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(parallel);
    private readonly List<(string Operation, int Number, string Step, List<string> Violations)> _points = [];
    private readonly SweepTable _table = new("points");
    private int _serial;

    public void Dispose() => _slots.Dispose();

    /// <param name="root">An empty directory.</param>
    /// <param name="only">An operation, or one point of it as <c>evict:12</c>; all without it.</param>
    /// <param name="share">Tries every so manieth point only.</param>
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
        using var points = new CrashPoints(root, only, share, offset, parallel: Environment.ProcessorCount, limit);
        return await points.RunAsync();
    }

    private async Task<int> RunAsync()
    {
        var wanted = only?.Split(':');
        foreach (var operation in Operation.All.Where(operation => wanted is null ? !operation.HasRot : operation.Name == wanted[0]))
        {
            var recorded = await RecordAsync(operation);
            _table.See(operation.Name, recorded);
            var numbers = Enumerable.Range(1, recorded.Count + 1).Where(number => wanted is not [_, var point] || point == number.ToString(CultureInfo.InvariantCulture))
                .Where(number => number % share == offset % share);
            await Task.WhenAll(numbers.Select(number => KillAsync(operation, number)));
            Print(operation.Name);
        }

        return Summarize();
    }

    private async Task<List<Step>> RecordAsync(Operation operation)
    {
        var directory = NewDirectory();
        using var subject = await Subject.StartAsync();
        await subject.PrepareAsync(operation, directory);
        await subject.AttachAsync();
        var injection = new Injection(directory, static step => step.Mutates);
        subject.Arm(injection);
        await subject.RunAsync(operation);
        subject.Arm(null);
        return injection.Steps;
    }

    private async Task KillAsync(Operation operation, int number)
    {
        await _slots.WaitAsync();
        try
        {
            if (!limit.Allows())
            {
                return;
            }

            var directory = NewDirectory();
            var injection = new Injection(directory, static step => step.Mutates) { At = number };
            using (var subject = await Subject.StartAsync())
            {
                await subject.PrepareAsync(operation, directory);
                await subject.AttachAsync();
                subject.Arm(injection);
                await subject.RunAsync(operation);
            }

            var violations = await CaseAudit.AfterRecoveryAsync(directory);
            _table.Try(operation.Name, injection.Struck?.Call.Name ?? "(after the last)", violations.Count > 0);
            lock (_points)
            {
                _points.Add((operation.Name, number, injection.Struck?.Name ?? "(after the last step)", violations));
            }

            if (violations.Count == 0)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Print(string operation)
    {
        foreach (var (_, number, step, violations) in _points.Where(point => point.Operation == operation).OrderBy(point => point.Number))
        {
            Console.WriteLine($"{operation + ":" + number.ToString(CultureInfo.InvariantCulture),-22}{(violations.Count == 0 ? "sound" : "WRONG"),-6} killed before {step}");
            foreach (var violation in violations)
            {
                Console.WriteLine("  VIOLATION " + violation);
            }
        }
    }

    private int Summarize()
    {
        _table.Print();
        Console.WriteLine();
        limit.Print();
        Console.WriteLine($"{_table.Tried} crash points, {_table.Wrong} with violations");
        return _table.Wrong == 0 ? 0 : 1;
    }

    private string NewDirectory() => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"case-{Interlocked.Increment(ref _serial):D5}"));
}
