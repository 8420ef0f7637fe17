using System.Security.Cryptography;
using System.Text;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>Looks for every confirmation of the ledger in the journals on disk, with a reader of its own.</summary>
internal static class JournalAudit
{
    public static (List<string> Violations, int Confirmations) Run(string cache, string ledger)
    {
        var confirmed = LineFile.Read(ledger).Distinct().ToList();
        var known = StubUploader.Targets.ToDictionary(target => target.Id, target => Read(cache, target));
        var violations = confirmed
            .Select(line => line.Split(' '))
            .Where(line => !known[line[0]].Contains(line[1]))
            .Select(line => $"a confirmation is lost: {line[1]} on {line[0]}")
            .ToList();
        return (violations, confirmed.Count);
    }

    private static HashSet<string> Read(string cache, UploadTarget target)
    {
        var identity = Encoding.UTF8.GetBytes($"{target.Id.Length} {target.Id} {target.ImportParameters}");
        var directory = Path.Combine(cache, "uploads", "targets", Content.Hash(identity)[..32]);
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.journal").SelectMany(LineFile.Read) : [])
        {
            // checksum kind key time field…
            if (line.Split(' ') is [var checksum, "F", var key, ..] fields
                && checksum == Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line[17..])))[..16]
                && Uri.UnescapeDataString(fields[5]) == Content.CidOf(target.Id, key))
            {
                found.Add(key);
            }
        }

        return found;
    }
}
