using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>What a run of power cuts saw.</summary>
internal sealed class PowerTable
{
    private const int MostShown = 40;
    private const int MostRefusalsShown = 5;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _byOperation = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _byWay = new(StringComparer.Ordinal);
    private int _shown;

    public int Mounted { get; private set; }

    public int Images { get; private set; }

    public int Violations { get; private set; }

    public int Asked { get; private set; }

    public int Lost { get; private set; }

    /// <summary>Images that their own file system did not mount.</summary>
    public int Refused { get; private set; }

    public int RealWorkers { get; set; }

    /// <summary>Which images are worth being tried.</summary>
    public ImageYield Yield { get; } = new(new SplitMix(1));

    /// <summary>Where the time of the lanes goes.</summary>
    public PowerTimes Times { get; } = new();

    /// <summary>Whether this is an image that was not seen before; counts it.</summary>
    public bool IsNew(string tree, ToldState told, CrashImage image, out int number)
    {
        var digest = told.Digest();
        lock (_gate)
        {
            Mounted++;
            number = Images;
            if (!_seen.Add(tree + digest))
            {
                return false;
            }

            number = ++Images;
            _byWay[image.Name] = _byWay.GetValueOrDefault(image.Name) + 1;
            foreach (var operation in told.Operations)
            {
                _byOperation[operation] = _byOperation.GetValueOrDefault(operation) + 1;
            }

            return true;
        }
    }

    public void Refuse(string where, string reason)
    {
        lock (_gate)
        {
            if (++Refused <= MostRefusalsShown)
            {
                Console.WriteLine($"refused by its file system, {where}: {reason}");
            }
        }
    }

    public void Add(string where, IReadOnlyCollection<string> violations, int asked, int lost)
    {
        lock (_gate)
        {
            Violations += violations.Count;
            Asked += asked;
            Lost += lost;
            foreach (var violation in violations)
            {
                if (_shown++ < MostShown)
                {
                    Console.WriteLine($"VIOLATION {where}: {violation}");
                }
            }
        }
    }

    public void Print(TimeSpan took)
    {
        Console.WriteLine();
        Console.WriteLine($"{"operation under way",-24}{"distinct images",16}");
        foreach (var (operation, images) in _byOperation)
        {
            Console.WriteLine($"{operation,-24}{images,16}");
        }

        Console.WriteLine();
        Console.WriteLine("of the writes after the last flush: " + string.Join(", ", _byWay.Select(static way => $"{way.Key} {way.Value}")));
        Console.WriteLine("new of those tried: " + Yield);
        Console.WriteLine("time of the lanes: " + Times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Mounted} images mounted, {Mounted - Images} of them seen before, {Refused} refused by their own file system, {RealWorkers} looked at by a process of their own; {took.TotalSeconds:F0} s, {Images / Math.Max(took.TotalMinutes, 0.01):F0} images a minute"));
        Console.WriteLine($"{Images} images, {Violations} violations, {Asked} flushed entries asked, {Lost} lost");
    }
}
