using System.Globalization;
using System.Security.Cryptography;
using System.Text.Unicode;

namespace SmartCache.Storage;

/// <summary>
/// One hash for a tree of files: equal exactly when the trees have the same files under the same paths. Directories count only through their files.
/// </summary>
/// <remarks>
/// Canonical form, version 1: SHA-256 over the UTF-8 line <c>smartcache-tree-1\n</c>, then for each file, in ordinal order of paths
/// (UTF-16 code units): path in UTF-8 with forward slashes, NUL, length in decimal digits, NUL, SHA-256 of the content as 64 lower-case
/// hexadecimal digits, <c>\n</c>. No path contains NUL, so two trees never share a form. Change the version with any change of the form:
/// recorded hashes then just never match.
/// </remarks>
internal static class TreeHash
{
    private static readonly byte[] Version = "smartcache-tree-1\n"u8.ToArray();

    /// <summary>Hashes a tree given in any order; 64 lower-case hexadecimal digits.</summary>
    public static string Compute(IEnumerable<(string Path, long Length, string Sha256)> files)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Version);
        Span<byte> line = stackalloc byte[256];
        foreach (var (path, length, sha256) in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            int written;
            while (!Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"{path}\0{length}\0{sha256}\n", out written))
            {
                line = new byte[line.Length * 2];
            }

            sha.AppendData(line[..written]);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
