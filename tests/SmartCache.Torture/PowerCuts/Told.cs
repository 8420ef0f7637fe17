using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// What the outside world had been told at each moment of a recording, as the workers noted it. A moment is a length of the disk's record.
/// What was told holds from the moment after the call had returned until the one before something began that may take it away.
/// </summary>
internal sealed class Told
{
    private const long Never = long.MaxValue;

    private readonly List<Span> _published = [];
    private readonly List<Span> _confirmed = [];
    private readonly List<Span> _forgotten = [];
    private readonly List<Span> _removed = [];
    private readonly List<Span> _rotten = [];
    private readonly List<Span> _offered = [];
    private readonly List<Span> _operations = [];
    private readonly List<(long At, string Root, int Source, int Version)> _possible = [];
    private readonly List<(long From, long To, string Root, string Path)> _roots = [];
    private long[] _turns = [];

    /// <summary>What a worker saw that must not be.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>How many operations there were, by name.</summary>
    public Dictionary<string, int> Operations { get; } = [];

    public static Told Read(string ledger)
    {
        var told = new Told();
        var windows = new Dictionary<string, (int Line, long At)>();
        var lines = LineFile.Read(ledger);
        for (var i = 0; i < lines.Length; i++)
        {
            var fields = lines[i].Split(' ', 3);
            told.Add(i, long.Parse(fields[0], CultureInfo.InvariantCulture), fields[1], fields[2], windows);
        }

        foreach (var (_, window) in windows)
        {
            told.EndWindow(window, Never, new HashSet<string>(), new HashSet<string>());
        }

        told._turns = [.. new[] { told._published, told._confirmed, told._forgotten, told._removed }.SelectMany(static spans => spans).SelectMany(static span => new[] { span.From, span.To }).Distinct().Order()];
        return told;
    }

    /// <summary>Two moments with the same number have the same <see cref="ToldState.Digest"/>.</summary>
    public int Epoch(long moment) => Array.BinarySearch(_turns, moment) is var found && found >= 0 ? found + 1 : ~found;

    /// <summary>What is known at a moment, with the operations that were under way since another.</summary>
    public ToldState At(long moment, long since)
    {
        var versions = new Dictionary<(string Root, int Source), (int Least, int Most)>();
        foreach (var (_, root, source, version) in _possible.Where(possible => possible.At <= moment))
        {
            var known = versions.GetValueOrDefault((root, source), (Least: 0, Most: version));
            versions[(root, source)] = (known.Least, Math.Max(known.Most, version));
        }

        // Once it was told that a version is published, with the key that leads to it, an older one is not what the origin has.
        foreach (var span in _published.Where(span => span.From <= moment && span.Key.StartsWith("s:", StringComparison.Ordinal)))
        {
            var key = (span.Root, int.Parse(span.Key[2..], CultureInfo.InvariantCulture));
            var known = versions.GetValueOrDefault(key, (Least: 0, Most: span.Version));
            versions[key] = (Math.Max(known.Least, span.Version), Math.Max(known.Most, span.Version));
        }

        return new ToldState(
            Held(_published, moment), Held(_confirmed, moment), Held(_forgotten, moment), Held(_offered, moment), Held(_removed, moment), Held(_rotten, moment), versions,
            [.. _roots.Where(root => root.From <= moment && moment < root.To).Select(static root => (root.Root, root.Path))],
            [.. _operations.Where(operation => operation.From <= moment && operation.To >= since).Select(static operation => operation.Key).Distinct()]);
    }

    private static HashSet<(string Root, string Key)> Held(List<Span> spans, long moment) =>
        [.. spans.Where(span => span.From <= moment && moment < span.To).Select(static span => (span.Root, span.Key))];

    private void Add(int line, long at, string worker, string text, Dictionary<string, (int Line, long At)> windows)
    {
        switch (text.Split(' '))
        {
            case ["begin", var operation]:
                _operations.Add(new Span(line, worker, operation, "", 0, at));
                Operations[operation] = Operations.GetValueOrDefault(operation) + 1;
                break;
            case ["end", var operation]:
                End(_operations, worker, operation, at);
                break;
            case ["may", var root, var source, var version]:
                _possible.Add((at, root, Number(source), Number(version)));
                End(_removed, root, source, at);
                break;
            case ["has", var root, var key, var entry, var version]:
                End(_published, root, key, at);
                _published.Add(new Span(line, root, key, entry, Number(version), at));
                break;
            case ["gone", var root, var key]:
                // Unless an eviction has taken the claim back already.
                if (_published.FindLast(span => span.Root == root && span.Key == key) is { } last)
                {
                    _published.Remove(last);
                }

                break;
            case ["off", var root, var key]:
                End(_published, root, key, at);
                break;
            case ["removed", var root, var source]:
                _removed.Add(new Span(line, root, source, "", 0, at));
                break;
            case ["rot", var root, var source]:
                _rotten.Add(new Span(line, root, source, "", 0, at));
                break;
            case ["clean", var root, var source]:
                End(_rotten, root, source, at);
                break;
            case ["record", var target, var hash]:
                _offered.Add(new Span(line, target, hash, "", 0, at));
                End(_forgotten, target, hash, at);
                break;
            case ["confirmed", var target, var hash]:
                _confirmed.Add(new Span(line, target, hash, "", 0, at));
                break;
            case ["forget", var target, var hash]:
                End(_confirmed, target, hash, at);
                break;
            case ["forgotten", var target, var hash]:
                _forgotten.Add(new Span(line, target, hash, "", 0, at));
                break;
            case ["root", var root, var path]:
                _roots.Add((at, Never, root, path));
                break;
            case ["deleted", var root]:
                _roots[_roots.FindIndex(found => found.Root == root)] = _roots.Find(found => found.Root == root) with { To = at };
                EndAll(root, at);
                break;
            case ["evict", _]:
                windows[worker] = (line, at);
                break;
            case ["evicted", _, var unchanged, var present]:
                EndWindow(windows[worker], at, unchanged.Split(',').ToHashSet(), present.Split(',').ToHashSet());
                windows.Remove(worker);
                break;
            case ["violation", ..]:
                Violations.Add($"worker {worker}: {text}");
                break;
            default:
                break;
        }
    }

    // What is there as it was has been there all the time. What came meanwhile may have gone and come again: it counts from the end on. All else may have gone when it began.
    private void EndWindow((int Line, long At) window, long end, HashSet<string> unchanged, HashSet<string> present)
    {
        _published.RemoveAll(span => span.Root == "cache" && span.Line > window.Line && (span.To != Never || !present.Contains(span.Entry)));
        foreach (var span in _published.Where(static span => span.Root == "cache"))
        {
            if (span.Line > window.Line)
            {
                span.From = end;
            }
            else if (span.To > window.At && !unchanged.Contains(span.Entry))
            {
                span.To = window.At;
            }
        }
    }

    private void EndAll(string root, long at)
    {
        foreach (var span in _published.Where(span => span.Root == root && span.To == Never))
        {
            span.To = at;
        }
    }

    private static void End(List<Span> spans, string root, string key, long at)
    {
        foreach (var span in spans.Where(span => span.Root == root && span.Key == key && span.To == Never))
        {
            span.To = at;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed class Span(int line, string root, string key, string entry, int version, long from)
    {
        public int Line { get; } = line;

        public string Root { get; } = root;

        public string Key { get; } = key;

        public string Entry { get; } = entry;

        public int Version { get; } = version;

        public long From { get; set; } = from;

        public long To { get; set; } = Never;
    }
}
