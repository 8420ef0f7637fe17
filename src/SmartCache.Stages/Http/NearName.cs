using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Stages.Http;

/// <summary>Names for what lies beside a file for a while, made from its name so that a later process finds them. A name may have 255 bytes, and the given one may use them all.</summary>
internal static class NearName
{
    /// <summary>The path, or where more than so many bytes are in its name one with a shorter name that no other name gives.</summary>
    public static string Of(string path, int mostBytes)
    {
        var name = Path.GetFileName(path);
        if (Encoding.UTF8.GetByteCount(name) <= mostBytes)
            return path;

        const int digits = 16;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..digits];
        var kept = name;
        while (Encoding.UTF8.GetByteCount(kept) > mostBytes - digits - 1)
            kept = kept[..^(char.IsLowSurrogate(kept[^1]) ? 2 : 1)];
        return Path.Combine(Path.GetDirectoryName(path) ?? "", $"{kept}-{hash}");
    }
}
