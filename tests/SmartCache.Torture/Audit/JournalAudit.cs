using System.Security.Cryptography;
using System.Text;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>
/// Looks for every confirmation of the ledger in the journals on disk and in what a pool shares, with a reader of its own. A worker whose disk takes no journal has told the
/// others, and the next session has its confirmations from there.
/// </summary>
internal static class JournalAudit
{
    /// <param name="cache">The root of the cache.</param>
    /// <param name="ledger">What the sessions accepted.</param>
    /// <param name="bucket">What the pool shares; not there for a cache without one.</param>
    /// <param name="treeCovers">Whether the record of a tree as a whole stands for its files, as it does for whoever sends it again. Only where all in the ledger is of one tree.</param>
    public static (List<string> Violations, int Confirmations) Run(string cache, string ledger, string bucket, bool treeCovers = false)
    {
        var confirmed = LineFile.Read(ledger).Distinct().ToList();
        var known = StubUploader.Targets.ToDictionary(target => target.Id, target => Read(cache, bucket, target));
        var violations = confirmed
            .Select(line => line.Split(' '))
            .Where(line => !known[line[0]].Files.Contains(line[1]) && !(treeCovers && known[line[0]].HasTree) && !known[line[0]].SharesTree)
            .Select(line => $"a confirmation is lost: {line[1]} on {line[0]}")
            .ToList();
        return (violations, confirmed.Count);
    }

    /// <returns>Which files it has, and whether it has their tree as a whole: what a pool shares of a tree names its files only as long as it is not complete.</returns>
    private static (HashSet<string> Files, bool HasTree, bool SharesTree) Read(string cache, string bucket, UploadTarget target)
    {
        var identity = Content.Hash(Encoding.UTF8.GetBytes($"{target.Id.Length} {target.Id} {target.ImportParameters}"));
        var own = RecordsOf(Path.Combine(cache, "uploads", "targets", identity[..32])).ToList();
        var shared = SharedRecords(bucket, identity).ToList();
        var files = own.Concat(shared).Where(fields => fields[1] == "F" && Uri.UnescapeDataString(fields[5]) == Content.CidOf(target.Id, fields[2])).Select(static fields => fields[2]);
        return (files.ToHashSet(StringComparer.Ordinal), HasTree(own), HasTree(shared));
    }

    private static bool HasTree(List<string[]> records) => records.Exists(static fields => fields[1] == "T") && !records.Exists(static fields => fields[1] == "t");

    private static IEnumerable<string[]> RecordsOf(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.journal").SelectMany(LineFile.Read).Select(FieldsOf).OfType<string[]>() : [];

    /// <summary>Those of one target: they follow its header.</summary>
    private static IEnumerable<string[]> SharedRecords(string bucket, string identity)
    {
        foreach (var name in FolderStore.NamesIn(bucket).Where(static name => name.Contains("/confirmations/", StringComparison.Ordinal)))
        {
            var isIts = false;
            foreach (var fields in Encoding.ASCII.GetString(FolderStore.Read(bucket, name)).Split('\n').Select(FieldsOf).OfType<string[]>())
            {
                isIts = fields[1] == "H" ? fields[2] == identity : isIts;
                if (isIts)
                {
                    yield return fields;
                }
            }
        }
    }

    /// <summary>checksum kind key time field…; nothing for a damaged line.</summary>
    private static string[]? FieldsOf(string line) =>
        line.Length > 17 && line.Split(' ') is [var checksum, _, _, ..] fields && checksum == Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line[17..])))[..16] ? fields : null;
}
