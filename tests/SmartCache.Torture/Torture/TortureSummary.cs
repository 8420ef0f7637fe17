using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>What a run found, as a table.</summary>
internal sealed class TortureSummary
{
    private const int MostShown = 20;

    private readonly List<(string What, long Count, string Remark, int Violations)> _rows = [];
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public List<string> Violations { get; } = [];

    /// <summary>Warnings and errors that the cache logged.</summary>
    public List<string> Faults { get; } = [];

    public void Add(string what, long count, string remark, IReadOnlyCollection<string> violations)
    {
        _rows.Add((what, count, remark, violations.Count));
        Violations.AddRange(violations);
    }

    public void ReadReports(string directory)
    {
        var violations = new List<string>();
        foreach (var path in Directory.GetFiles(directory))
        {
            foreach (var line in LineFile.Read(path))
            {
                if (line.StartsWith(WorkerReport.Violation, StringComparison.Ordinal))
                {
                    violations.Add($"{Path.GetFileName(path)}: {line}");
                }
                else if (line.StartsWith(WorkerReport.Fault, StringComparison.Ordinal))
                {
                    Faults.Add(line[(WorkerReport.Fault.Length + 14)..]);
                }
                else if (!line.StartsWith(WorkerReport.Note, StringComparison.Ordinal))
                {
                    _counts[line] = _counts.GetValueOrDefault(line) + 1;
                }
            }
        }

        var checkedGifts = _counts.Where(count => count.Key.StartsWith("source ", StringComparison.Ordinal) || count.Key.StartsWith("profile ", StringComparison.Ordinal)).ToList();
        var hits = checkedGifts.Where(count => count.Key.EndsWith("Hit", StringComparison.Ordinal) || count.Key.EndsWith("Joined", StringComparison.Ordinal)).Sum(count => count.Value);
        Add("hits compared byte by byte", hits, $"of {checkedGifts.Sum(count => count.Value)} requests", violations);
    }

    public void Print(int kills, int workers, TimeSpan time, int samples, TortureOptions options)
    {
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills in {time.TotalSeconds:F0} s, {options.Processes} processes at a time, {workers} in all, usage sampled {samples} times"));
        Console.WriteLine("jobs: " + string.Join(", ", _counts.Select(count => $"{count.Key} {count.Value}")));
        Console.WriteLine($"warnings of the cache: {Faults.Count}, {Faults.Distinct().Count()} different");
        foreach (var group in Faults.GroupBy(line => line).OrderByDescending(group => group.Count()).Take(MostShown))
        {
            Console.WriteLine($"  {group.Count()} x {group.Key}");
        }

        Console.WriteLine();
        foreach (var (what, count, remark, violations) in _rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-32}{count,12}   {violations,4} violation(s)   {remark}"));
        }

        Console.WriteLine();
        foreach (var violation in Violations.Take(MostShown))
        {
            Console.WriteLine("VIOLATION " + violation);
        }

        Console.WriteLine($"{kills} kills, {Violations.Count} violations");
        Console.WriteLine("Again: " + options.Command);
    }
}
