using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Torture.PowerCuts;

/// <summary>What the outside world knew when the power went.</summary>
/// <param name="Published">Entries that were reported published and are not about to go: each is a hit afterwards.</param>
/// <param name="Confirmed">Confirmations that were reported kept: each is found afterwards.</param>
/// <param name="Forgotten">Confirmations that were taken back: none is offered afterwards.</param>
/// <param name="Offered">Confirmations that were ever made: no other is offered.</param>
/// <param name="Removed">Sources that the worker removed, or refused: none is served.</param>
/// <param name="Rotten">Sources whose bytes somebody spoilt on the disk and nobody has found out: what is served of them is not the cache's fault.</param>
/// <param name="Versions">Which versions of a source may be served.</param>
/// <param name="Roots">Caches beside the one that all share: name and path below the disk.</param>
/// <param name="Operations">What was under way.</param>
internal sealed record ToldState(
    HashSet<(string Root, string Key)> Published,
    HashSet<(string Root, string Key)> Confirmed,
    HashSet<(string Root, string Key)> Forgotten,
    HashSet<(string Root, string Key)> Offered,
    HashSet<(string Root, string Key)> Removed,
    HashSet<(string Root, string Key)> Rotten,
    Dictionary<(string Root, int Source), (int Least, int Most)> Versions,
    (string Root, string Path)[] Roots,
    string[] Operations)
{
    /// <summary>One text for what is claimed.</summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach (var claims in new[] { Published, Confirmed, Forgotten, Removed })
        {
            text.AppendJoin('\n', claims.Select(static claim => $"{claim.Root} {claim.Key}").Order(StringComparer.Ordinal)).Append("\n--\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
