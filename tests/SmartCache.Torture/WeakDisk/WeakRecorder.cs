using SmartCache.Storage.Platform;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.WeakDisk;

/// <summary>
/// Follows what an operation does to its cache, from the system calls of its process, and reads what it writes. Each call is seen before it is made, so that
/// bytes written by one are read at the next. A call of another thread may be seen before that one is made: they are read at each, until the thread that wrote makes its next.
/// </summary>
internal sealed class WeakRecorder : IStepWatcher
{
    private readonly string _case;
    private readonly string[] _notes;
    private readonly Dictionary<WeakFile, int> _stale = []; // and the thread that writes to it
    private readonly Dictionary<WeakFile, WeakBytes> _seen = [];
    private Dictionary<string, byte[]> _told = [];

    /// <param name="root">The case, prepared: what lies there is on the disk.</param>
    /// <param name="notes">Files in which the operation notes what it was told.</param>
    public WeakRecorder(string root, params string[] notes)
    {
        (_case, _notes) = (root, notes);
        Top = new WeakDirectory();
        Scan(root, Top, "cache");
        Hear();
    }

    public string Root => _case + System.IO.Path.DirectorySeparatorChar;

    /// <summary>The directory that the cache lies in.</summary>
    public WeakDirectory Top { get; }

    public List<WeakEvent> Events { get; } = [];

    public int? Strike(Step step)
    {
        lock (Events)
        {
            Hear();
            CatchUp(thread => thread == step.Thread);
            Note(step);
            return null;
        }
    }

    /// <summary>After the operation has returned.</summary>
    public void End()
    {
        lock (Events)
        {
            CatchUp(static _ => true);
            Hear();
        }
    }

    private static void Scan(string path, WeakDirectory parent, string only = "")
    {
        foreach (var found in Directory.GetFileSystemEntries(path).Where(found => only.Length == 0 || System.IO.Path.GetFileName(found) == only))
        {
            WeakNode node;
            if (Directory.Exists(found))
            {
                var directory = new WeakDirectory();
                Put(parent, System.IO.Path.GetFileName(found), node = directory);
                Scan(found, directory);
            }
            else
            {
                Put(parent, System.IO.Path.GetFileName(found), node = new WeakFile(Read(found)));
            }

            parent.Before[node.Name] = node;
        }
    }

    private static void Put(WeakDirectory parent, string name, WeakNode node)
    {
        parent.Now[name] = node;
        (node.Parent, node.Name) = (parent, name);
    }

    private void Hear()
    {
        var told = _notes.Where(File.Exists).ToDictionary(static path => System.IO.Path.GetFileName(path), File.ReadAllBytes);
        if (told.Sum(static note => note.Value.Length) != _told.Sum(static note => note.Value.Length))
        {
            Events.Add(new ToldEvent(_told = told));
        }
    }

    private void CatchUp(Func<int, bool> hasWritten)
    {
        foreach (var (file, thread) in _stale.ToList())
        {
            if (hasWritten(thread))
            {
                _stale.Remove(file);
            }

            if (Read(System.IO.Path.Combine(_case, file.Path)) is { } bytes
                && !(_seen.TryGetValue(file, out var seen) && seen.Modified == bytes.Modified && seen.Content.AsSpan().SequenceEqual(bytes.Content)))
            {
                _seen[file] = bytes;
                Events.Add(new BytesEvent(file, bytes));
            }
        }
    }

    private void Note(Step step)
    {
        var paths = step.Path.Split(" -> ");
        switch (step.Call.Group)
        {
            case "fsync":
                // Only these bring it to the medium.
                if (step.Call.Name is "fsync" or "fdatasync" && Find(paths[0]) is { } flushed)
                {
                    Events.Add(new FlushEvent(flushed, KindOf(flushed)));
                }

                break;
            case "write" or "meta" when step.Call.Name is not ("mkdir" or "mkdirat"):
                if (Find(paths[0]) is WeakFile written)
                {
                    _stale[written] = step.Thread;
                }

                break;
            case "open" when step.Mutates:
                if (Find(paths[0]) is null && FindParent(paths[0], out var name) is { } directory)
                {
                    Name("create", null, (directory, name, new WeakFile(null)));
                }

                break;
            case "meta":
                if (Find(paths[0]) is null && FindParent(paths[0], out var made) is { } parent)
                {
                    Name("mkdir", null, (parent, made, new WeakDirectory()));
                }

                break;
            case "link":
                if (Find(paths[1]) is null && FindParent(paths[1], out var linked) is { } linkedIn)
                {
                    // A job's own file, which nobody has flushed.
                    var node = Find(paths[0]) ?? new WeakFile(null) { IsLinked = true };
                    Name("link", null, (linkedIn, linked, node));
                    if (node is WeakFile { Before: null } file)
                    {
                        _stale[file] = step.Thread;
                    }
                }

                break;
            case "unlink":
                if (Find(paths[0]) is { Parent: not null } gone && gone is not WeakDirectory { Now.Count: > 0 } && FindParent(paths[0], out var lost) is { } holder)
                {
                    Name("unlink", (holder, lost), null);
                }

                break;
            case "rename":
                if (Find(paths[0]) is { } moved && FindParent(paths[0], out var from) is { } source && FindParent(paths[1], out var to) is { } target
                    && !(step.Call.Name == "renameat2" && target.Now.ContainsKey(to)) && target.Now.GetValueOrDefault(to) is not WeakDirectory { Now.Count: > 0 })
                {
                    Name("rename", (source, from), (target, to, moved));
                }

                break;
            default:
                break;
        }
    }

    private void Name(string call, (WeakDirectory Directory, string Name)? removed, (WeakDirectory Directory, string Name, WeakNode Node)? set)
    {
        if (removed is var (old, oldName))
        {
            old.Now.Remove(oldName);
        }

        if (set is var (directory, name, node))
        {
            Put(directory, name, node);
            if (removed is not null)
            {
                NameFlushesOf(node);
            }
        }

        Events.Add(new NameEvent(call, removed, set));
    }

    // What is written under a temporary name is known by the name that it gets.
    private void NameFlushesOf(WeakNode node)
    {
        for (var i = Events.Count - 1; i >= 0 && !(Events[i] is NameEvent { Call: "create" } made && made.Set?.Node == node); i--)
        {
            if (Events[i] is FlushEvent { Kind: WeakKind.Temporary } flush && flush.Node == node)
            {
                Events[i] = flush with { Kind = $"content of a new {WeakKind.Of(node)}" };
            }
        }
    }

    private WeakNode? Find(string path)
    {
        WeakNode? node = Top;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part != ".")
            {
                node = (node as WeakDirectory)?.Now.GetValueOrDefault(part);
            }
        }

        return path.StartsWith("(elsewhere)", StringComparison.Ordinal) ? null : node;
    }

    private WeakDirectory? FindParent(string path, out string name)
    {
        name = System.IO.Path.GetFileName(path);
        return Find(System.IO.Path.GetDirectoryName(path) ?? "") as WeakDirectory;
    }

    /// <summary>Which flush this is: what is flushed, and which changes of names it is there for.</summary>
    private string KindOf(WeakNode node)
    {
        var kind = WeakKind.Of(node);
        if (node is WeakFile)
        {
            return kind;
        }

        var pending = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var happened in Events)
        {
            switch (happened)
            {
                case FlushEvent flush when flush.Node == node:
                    pending.Clear();
                    break;
                case NameEvent change:
                    if (change.Removed?.Directory == node && change.Set is { } moved && moved.Directory != node)
                    {
                        pending.Add("moved out to " + moved.Directory.Name);
                    }

                    if (change.Set is var (directory, _, set) && directory == node)
                    {
                        pending.Add(WeakKind.Of(set));
                    }

                    break;
                default:
                    break;
            }
        }

        pending.RemoveWhere(WeakKind.IsNeverAskedFor);
        return $"{kind} ({string.Join(", ", pending)})";
    }

    private static WeakBytes? Read(string path)
    {
        try
        {
            return new WeakBytes(File.ReadAllBytes(path), FileSystem.Current.Stat(path)?.ModifiedNanoseconds ?? 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone by now.
            return null;
        }
    }
}
