using System.Globalization;
using SmartCache.Storage.Platform;
using SmartCache.Torture.Steps;
using SmartCache.Torture.Tracing;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.WeakDisk;

/// <summary>
/// The verb <c>power-states</c>: each operation is recorded once, and what a weak file system may leave of it at any moment is laid out and looked at by a
/// cache. With <c>--each-flush</c> it tells for each kind of flush what goes wrong without it.
/// </summary>
internal sealed class PowerStates(string root, int most, SweepLimit limit)
{
    private const ulong Seed = 3;
    private const int MostAttempts = 3;
    private const int MostText = 250;

    private readonly List<(Operation Operation, WeakRecorder Recorder)> _recorded = [];
    private int _serial;

    /// <param name="root">An empty directory; in memory it is faster.</param>
    /// <param name="most">So many images at most, shared among the operations.</param>
    /// <param name="only">Operations, separated by commas; all without it.</param>
    /// <param name="eachFlush">Whether the flushes are taken away one kind at a time.</param>
    /// <param name="limit">After which no further one begins.</param>
    public static async Task<int> RunAsync(string root, int most, string? only, bool eachFlush, SweepLimit limit)
    {
        if (Tracer.WhyNot is { } reason)
        {
            Console.WriteLine($"Skipped: {reason}");
            return 0;
        }

        Directory.CreateDirectory(root);
        FileSystem.AssumedBoot = "after the power cut";
        var states = new PowerStates(root, most, limit);
        await states.RecordAsync([.. Operation.All.Where(operation => only is null || only.Split(',').Contains(operation.Name))]);
        return eachFlush ? await states.TakeEachAwayAsync() : await states.RunAsync();
    }

    private async Task RecordAsync(IReadOnlyList<Operation> operations)
    {
        using var subject = await Subject.StartAsync();
        var isAttached = false;
        foreach (var operation in operations)
        {
            for (var attempt = 0; ; attempt++)
            {
                var directory = NewDirectory();
                var paths = new RunPaths(directory);
                await subject.PrepareAsync(operation, directory);
                if (!isAttached)
                {
                    await subject.AttachAsync();
                    isAttached = true;
                }

                var recorder = new WeakRecorder(directory, paths.Ledger, paths.Forgotten, paths.Promises);
                subject.Arm(recorder);
                await subject.RunAsync(operation);
                subject.Arm(null);
                recorder.End();
                var isKept = await IsKeptAsync(subject);
                await subject.CloseAsync();
                Directory.Delete(directory, recursive: true);
                if (isKept || attempt == MostAttempts)
                {
                    _recorded.Add((operation, recorder));
                    break;
                }
            }
        }
    }

    // The end of a worker waits for its saves for some seconds only, and may give them up where everything is slow.
    private static async Task<bool> IsKeptAsync(Subject subject)
    {
        try
        {
            await subject.LookAtPromisesAsync();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<int> RunAsync()
    {
        var (images, wrong) = (0, 0);
        var each = Math.Max(1, most / Math.Max(1, _recorded.Count));
        Console.WriteLine($"{"operation",-20}{"events",8}{"flushes",9}{"states",9}{"images",9}{"violations",12}");
        foreach (var (operation, recorder) in _recorded)
        {
            var states = new WeakStates(recorder, without: null, Seed).All().ToList();
            var chosen = Choose(states, each);
            var violations = await LookAsync(operation, chosen, stopAtFirst: false);
            (images, wrong) = (images + violations.Looked, wrong + violations.Found.Count);
            Console.WriteLine($"{operation.Name,-20}{recorder.Events.Count,8}{recorder.Events.Count(static happened => happened is FlushEvent),9}{states.Count,9}{violations.Looked,9}{violations.Found.Count,12}");
            foreach (var violation in violations.Found.Take(10))
            {
                Console.WriteLine("VIOLATION " + violation);
            }
        }

        limit.Print();
        Console.WriteLine($"{images} images, {wrong} violations");
        return wrong == 0 ? 0 : 1;
    }

    /// <summary>For each flush in the code the states that it forbids, until one of them is a violation.</summary>
    private async Task<int> TakeEachAwayAsync()
    {
        var lines = _recorded.SelectMany(static recorded => recorded.Recorder.Events.OfType<FlushEvent>(), static (recorded, flush) => (Line: WeakKind.LineOf(flush.Kind, recorded.Operation.Name), recorded.Operation, recorded.Recorder))
            .Where(static flush => !flush.Line.EndsWith("()", StringComparison.Ordinal))
            .Distinct().GroupBy(static flush => flush.Line).OrderBy(static line => line.Key, StringComparer.Ordinal).ToList();
        var (needed, unnoticed) = (0, 0);
        Console.WriteLine("| flush | in | images that it forbids, looked at | without it |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var line in lines)
        {
            var (looked, forbids, found) = (0, 0, (string?)null);
            foreach (var (_, operation, recorder) in line)
            {
                var allowed = new WeakStates(recorder, without: null, Seed).All().Select(static state => state.Key).ToHashSet();
                var forbidden = new WeakStates(recorder, kind => WeakKind.LineOf(kind, operation.Name) == line.Key, Seed).All().Where(state => !allowed.Contains(state.Key)).ToList();
                forbids += forbidden.Count;
                var violations = await LookAsync(operation, Choose(forbidden, most), stopAtFirst: true);
                looked += violations.Looked;
                if (violations.Found is [var first, ..])
                {
                    found = first;
                    break;
                }
            }

            needed += forbids > 0 ? 1 : 0;
            unnoticed += found is null && forbids > 0 ? 1 : 0;
            var without = found is not null ? found.ReplaceLineEndings(" ") : forbids == 0 ? "the same: it is not there for power cuts" : "**nothing is seen**";
            Console.WriteLine($"| {line.Key} | {string.Join(", ", line.Select(static flush => flush.Operation.Name).Take(4))}{(line.Count() > 4 ? ", …" : "")} | {looked} | {(without.Length > MostText ? without[..MostText] + "…" : without)} |");
        }

        Console.WriteLine($"{needed} flushes, {unnoticed} that nothing needs");
        return unnoticed == 0 ? 0 : 1;
    }

    // The last ones, when everything has been told, and of the others as many as there is room for.
    private static List<WeakState> Choose(List<WeakState> states, int most)
    {
        var random = new SplitMix(Seed);
        var ends = states.Where(static state => state.IsEnd).OrderBy(_ => random.Next()).Take((most + 2) / 3).ToList();
        return [.. ends, .. states.Where(static state => !state.IsEnd).OrderBy(_ => random.Next()).Take(most - ends.Count)];
    }

    private async Task<(int Looked, List<string> Found)> LookAsync(Operation operation, List<WeakState> states, bool stopAtFirst)
    {
        var looked = 0;
        var found = new List<string>();
        await Parallel.ForEachAsync(states, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (state, _) =>
        {
            if ((stopAtFirst && found.Count > 0) || !limit.Allows())
            {
                return;
            }

            var directory = NewDirectory();
            var violations = await WeakAudit.RunAsync(operation, state, directory);
            Interlocked.Increment(ref looked);
            lock (found)
            {
                found.AddRange(violations.Select(violation => $"{operation.Name}, {state.Where}: {violation}"));
            }

            Directory.Delete(directory, recursive: true);
        });
        return (looked, found);
    }

    private string NewDirectory() => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"case-{Interlocked.Increment(ref _serial):D5}"));
}
