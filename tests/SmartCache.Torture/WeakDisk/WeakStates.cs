using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.WeakDisk;

/// <summary>
/// The states that a weak file system may leave of a recorded operation. It keeps what was flushed and promises nothing else: names that were not flushed are
/// there or not, in any order; bytes that were not flushed are old, zero, cut short or there. A rename is one step, and is durable when either of its
/// directories is flushed.
/// </summary>
/// <param name="recorder">The operation.</param>
/// <param name="without">Kinds of flushes that are taken for not made.</param>
/// <param name="seed">Which halves.</param>
internal sealed class WeakStates(WeakRecorder recorder, Func<string, bool>? without, ulong seed)
{
    private const int MostAlone = 3;
    private const int MostMissing = 2;
    private const int Halves = 3;

    private static readonly WeakContents[] _each = [WeakContents.Old, WeakContents.Zeros, WeakContents.Short, WeakContents.New];

    private readonly SplitMix _random = new(seed);
    private readonly List<WeakEvent> _events = recorder.Events;
    private readonly HashSet<int> _durable = [];
    private readonly List<int> _pending = [];
    private readonly Dictionary<WeakFile, WeakBytes?> _old = [];
    private readonly Dictionary<WeakFile, WeakBytes> _new = [];
    private IReadOnlyDictionary<string, byte[]> _notes = new Dictionary<string, byte[]>();
    private int _told;

    public IEnumerable<WeakState> All()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i <= _events.Count; i++)
        {
            foreach (var state in At(i).Where(state => seen.Add(state.Key)))
            {
                yield return state;
            }

            if (i < _events.Count)
            {
                Apply(i);
            }
        }
    }

    private IEnumerable<WeakState> At(int moment)
    {
        yield return State(moment, "none", static _ => false, WeakContents.Zeros);
        foreach (var contents in _each)
        {
            yield return State(moment, "all", static _ => true, contents);
        }

        for (var i = 0; i < Math.Min(MostAlone, _pending.Count); i++)
        {
            var one = _pending[^(1 + (i == 0 ? 0 : _random.Next(_pending.Count)))];
            yield return State(moment, "one", number => number == one, _each[_random.Next(_each.Length)]);
        }

        for (var i = 0; i < MostMissing && _pending.Count > 1; i++)
        {
            var missing = _pending[_random.Next(_pending.Count)];
            yield return State(moment, "all but one", number => number != missing, _each[_random.Next(_each.Length)]);
        }

        for (var i = 0; i < Halves && _pending.Count > 1; i++)
        {
            var half = _pending.Where(_ => _random.Chance(0.5)).ToHashSet();
            yield return State(moment, "half", half.Contains, WeakContents.Mixed);
        }
    }

    private void Apply(int number)
    {
        switch (_events[number])
        {
            case NameEvent:
                _pending.Add(number);
                break;
            case BytesEvent bytes:
                _new[bytes.File] = bytes.Bytes;
                break;
            case FlushEvent flush when without?.Invoke(flush.Kind) == true:
                break;
            case FlushEvent { Node: WeakFile file }:
                _old[file] = _new.GetValueOrDefault(file) ?? file.Before;
                break;
            case FlushEvent { Node: WeakDirectory directory }:
                _durable.UnionWith(_pending.Where(pending => _events[pending] is NameEvent change && (change.Removed?.Directory == directory || change.Set?.Directory == directory)));
                _pending.RemoveAll(_durable.Contains);
                break;
            case ToldEvent told:
                (_notes, _told) = (told.Notes, number);
                break;
            default:
                break;
        }
    }

    private WeakState State(int moment, string way, Func<int, bool> isThere, WeakContents contents)
    {
        var directories = new Dictionary<WeakDirectory, Dictionary<string, WeakNode>>();
        for (var number = 0; number < moment; number++)
        {
            if (_events[number] is NameEvent change && (_durable.Contains(number) || (_pending.Contains(number) && isThere(number))))
            {
                if (change.Removed is var (from, old) && NamesOf(from).TryGetValue(old, out var there) && (change.Set is null || there == change.Set.Value.Node))
                {
                    NamesOf(from).Remove(old);
                }

                if (change.Set is var (to, name, node))
                {
                    NamesOf(to)[name] = node;
                }
            }
        }

        var tree = new SortedDictionary<string, WeakBytes?>(StringComparer.Ordinal);
        var key = new StringBuilder().Append(_told).Append(moment == _events.Count ? " end" : "").Append('\n');
        Walk(recorder.Top, "");
        return new WeakState(key.ToString(), string.Create(CultureInfo.InvariantCulture, $"after {Last(moment)}, unflushed names: {way}, bytes: {contents}"), tree, _notes, moment == _events.Count);

        Dictionary<string, WeakNode> NamesOf(WeakDirectory directory) =>
            directories.TryGetValue(directory, out var names) ? names : directories[directory] = new Dictionary<string, WeakNode>(directory.Before, StringComparer.Ordinal);

        void Walk(WeakDirectory directory, string path)
        {
            foreach (var (name, node) in directories.GetValueOrDefault(directory) ?? directory.Before)
            {
                // A rename of which one half was there before the other may give a directory two names; no file system does that.
                var below = path.Length == 0 ? name : path + "/" + name;
                if (node is WeakDirectory child)
                {
                    tree[below] = null;
                    Walk(child, below);
                }
                else
                {
                    var bytes = BytesOf((WeakFile)node, contents);
                    tree[below] = bytes;
                    key.Append(below).Append(' ').Append(RuntimeHelpers.GetHashCode(_new.GetValueOrDefault((WeakFile)node) ?? (object)node)).Append(' ').Append(bytes.Content.Length).Append(' ').Append(Sum(bytes)).Append('\n');
                }
            }

            key.Append(path).Append("/\n");
        }
    }

    private static long Sum(WeakBytes bytes) => bytes.Modified + (bytes.Content.Length == 0 ? 0 : bytes.Content[^1] + bytes.Content[bytes.Content.Length / 2]);

    private WeakBytes BytesOf(WeakFile file, WeakContents contents)
    {
        var old = _old.TryGetValue(file, out var flushed) ? flushed : file.Before;
        if (!_new.TryGetValue(file, out var written) || written == old)
        {
            return old ?? new WeakBytes([], 0);
        }

        var kept = old is not null && written.Content.AsSpan().StartsWith(old.Content) ? old.Content.Length : 0;
        switch (contents == WeakContents.Mixed ? _each[_random.Next(_each.Length)] : contents)
        {
            case WeakContents.New:
                return written;
            case WeakContents.Zeros:
                var zeros = new byte[written.Content.Length];
                written.Content.AsSpan(0, kept).CopyTo(zeros);
                return written with { Content = zeros };
            case WeakContents.Short:
                return written with { Content = written.Content[..(kept + ((written.Content.Length - kept) / 2))] };
            default:
                return old ?? new WeakBytes([], written.Modified);
        }
    }

    private string Last(int moment) => moment == 0 ? "nothing" : _events[moment - 1] switch
    {
        NameEvent change => $"{change.Call} {(change.Set is var (directory, name, _) ? directory.Path + "/" + name : change.Removed!.Value.Directory.Path + "/" + change.Removed.Value.Name)}",
        BytesEvent bytes => $"write {bytes.File.Path}",
        FlushEvent flush => $"flush {flush.Kind}",
        _ => "something was told",
    };
}
