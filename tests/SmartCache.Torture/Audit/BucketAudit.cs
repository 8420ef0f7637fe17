using System.Security.Cryptography;
using SmartCache.Remote;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Audit;

/// <summary>What lies in the bucket: each pack whole, its files what its header says.</summary>
internal static class BucketAudit
{
    public static List<string> Run(string bucket)
    {
        var violations = new List<string>();
        foreach (var name in FolderStore.NamesIn(bucket).Where(static name => name.Contains("/sources/", StringComparison.Ordinal) || name.Contains("/profiles/", StringComparison.Ordinal)))
        {
            try
            {
                Look(FolderStore.Read(bucket, name));
            }
            catch (Exception exception) when (exception is WrongPackException or InvalidDataException or ArgumentException)
            {
                violations.Add($"in the bucket, {name}: {exception.Message}");
            }
        }

        return violations;
    }

    private static void Look(byte[] pack)
    {
        var start = pack.AsSpan(0, PackFormat.FixedLength);
        var length = PackFormat.HeaderLength(start, pack.Length);
        var content = PackFormat.ReadHeader(start, pack.AsSpan(start.Length, length), pack.Length);
        var at = start.Length + length;
        foreach (var file in content.Files)
        {
            if (Convert.ToHexStringLower(SHA256.HashData(pack.AsSpan(at, (int)file.Length))) != file.Sha256)
            {
                throw new InvalidDataException($"{file.Path} has other bytes");
            }

            at += (int)file.Length;
        }
    }
}
