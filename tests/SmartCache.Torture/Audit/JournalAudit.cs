using System.Security.Cryptography;
using System.Text;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>Looks for every confirmation of the ledger in the journals on disk, with a reader of its own.</summary>
internal static class JournalAudit
{
    /// <param name="cache">The root of the cache.</param>
    /// <param name="ledger">What the sessions accepted.</param>
    /// <param name="treeCovers">Whether the record of a tree as a whole stands for its files, as it does for whoever sends it again. Only where all in the ledger is of one tree.</param>
    public static (List<string> Violations, int Confirmations) Run(string cache, string ledger, bool treeCovers = false)
    {
        var confirmed = LineFile.Read(ledger).Distinct().ToList();
        var known = StubUploader.Targets.ToDictionary(target => target.Id, target => Read(cache, target));
        var violations = confirmed
            .Select(line => line.Split(' '))
            .Where(line => !known[line[0]].Files.Contains(line[1]) && !(treeCovers && known[line[0]].HasTree))
            .Select(line => $"a confirmation is lost: {line[1]} on {line[0]}")
            .ToList();
        return (violations, confirmed.Count);
    }

    private static (HashSet<string> Files, bool HasTree) Read(string cache, UploadTarget target)
    {
        var identity = Encoding.UTF8.GetBytes($"{target.Id.Length} {target.Id} {target.ImportParameters}");
        var directory = Path.Combine(cache, "uploads", "targets", Content.Hash(identity)[..32]);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var (trees, forgotten) = (0, 0);
        foreach (var line in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.journal").SelectMany(LineFile.Read) : [])
        {
            // checksum kind key time field…
            if (line.Split(' ') is not [var checksum, var kind, var key, ..] fields
                || checksum != Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line[17..])))[..16])
            {
                continue;
            }

            if (kind == "F" && Uri.UnescapeDataString(fields[5]) == Content.CidOf(target.Id, key))
            {
                found.Add(key);
            }

            trees += kind == "T" ? 1 : 0;
            forgotten += kind == "t" ? 1 : 0;
        }

        return (found, trees > 0 && forgotten == 0);
    }
}
