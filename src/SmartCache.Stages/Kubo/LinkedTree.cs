using System.Text;

namespace SmartCache.Stages.Kubo;

/// <summary>The directories of a tree, built from the CIDs of its files: the same blocks as the node makes of the whole tree in one add.</summary>
internal sealed class LinkedTree
{
    /// <summary>
    /// Nodes turn a directory into a sharded one where the bytes of its names and CIDs come to more than this. Such a
    /// directory is left to the node.
    /// </summary>
    private const int ShardingThreshold = 256 * 1024;

    private readonly Dictionary<string, Cid> _directories = new(StringComparer.Ordinal);
    private readonly ImportParameters _import;

    private LinkedTree(ImportParameters import, IReadOnlyList<(string Path, DagLink Link)> files)
    {
        _import = import;
        Root = Build(string.Empty, [.. files]);
    }

    public DagLink Root { get; }

    /// <summary>Blocks of all directories, the root last.</summary>
    public List<(Cid Cid, byte[] Block)> Blocks { get; } = [];

    public static LinkedTree Of(ImportParameters import, IReadOnlyList<(string Path, DagLink Link)> files) => new(import, files);

    /// <summary>The CID of a directory by its path; the root's is the empty one.</summary>
    public string? CidOf(string path) => _directories.TryGetValue(path, out var cid) ? cid.ToString() : null;

    /// <summary>Whether a node would shard a directory of this tree.</summary>
    public static bool NeedsSharding(IEnumerable<string> paths, ImportParameters import)
    {
        var cidLength = import.Sha512 ? 68 : 36;
        Dictionary<string, HashSet<string>> names = new(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            for (var entry = path; entry.Length > 0;)
            {
                var slash = entry.LastIndexOf('/');
                var parent = slash < 0 ? string.Empty : entry[..slash];
                if (!names.TryGetValue(parent, out var children))
                    names[parent] = children = new HashSet<string>(StringComparer.Ordinal);
                if (!children.Add(entry[(slash + 1)..]))
                    break;
                entry = parent;
            }
        }
        return names.Values.Any(children => children.Sum(name => Encoding.UTF8.GetByteCount(name) + cidLength) > ShardingThreshold);
    }

    private DagLink Build(string path, List<(string Below, DagLink Link)> entries)
    {
        List<(string, DagLink)> links = [];
        foreach (var group in entries.GroupBy(e => e.Below.Split('/', 2)[0], StringComparer.Ordinal))
        {
            var below = group.Where(e => e.Below.Contains('/')).Select(e => (e.Below[(group.Key.Length + 1)..], e.Link)).ToList();
            links.Add((group.Key, below.Count > 0 ? Build(path.Length == 0 ? group.Key : path + "/" + group.Key, below) : group.Single().Link));
        }
        var block = DagPb.Directory(links);
        var cid = Cid.Of(_import.CidVersion, Cid.DagPbCodec, DagPb.Digest(block, _import.Sha512));
        Blocks.Add((cid, block));
        _directories[path] = cid;
        return new DagLink(cid, block.Length + links.Sum(l => l.Item2.Size));
    }
}
