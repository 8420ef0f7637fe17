using System.Globalization;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>What a sweep saw and tried, by system call and by operation.</summary>
internal sealed class SweepTable(string tried)
{
    private readonly Lock _gate = new();
    private readonly List<(string Operation, string Call, int Seen, int Tried, int Wrong)> _counts = [];

    /// <summary>The calls of one run of an operation in which nothing is done to them.</summary>
    public void See(string operation, IEnumerable<Step> steps)
    {
        lock (_gate)
        {
            _counts.AddRange(steps.Select(step => (operation, step.Call.Name, 1, 0, 0)));
        }
    }

    public void Try(string operation, string call, bool isWrong)
    {
        lock (_gate)
        {
            _counts.Add((operation, call, 0, 1, isWrong ? 1 : 0));
        }
    }

    public int Tried => _counts.Sum(static count => count.Tried);

    public int Wrong => _counts.Sum(static count => count.Wrong);

    public void Print()
    {
        Print("system call", static count => count.Call);
        Print("operation", static count => count.Operation);
    }

    private void Print(string title, Func<(string Operation, string Call, int Seen, int Tried, int Wrong), string> by)
    {
        Console.WriteLine();
        Console.WriteLine($"{title,-24}{"calls seen",12}{tried,16}{"violations",12}");
        foreach (var row in _counts.GroupBy(by))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Key,-24}{row.Sum(static count => count.Seen),12}{row.Sum(static count => count.Tried),16}{row.Sum(static count => count.Wrong),12}"));
        }
    }
}
