using System.Security.Cryptography;

namespace SmartCache.Stages.Kubo;

/// <summary>
/// The CID that a node must give to a file, computed from the bytes while they are sent: raw leaves of equal size under a
/// balanced tree. So a reply is compared with what was sent rather than believed, and a node can be asked for a file whose
/// reply never came.
/// </summary>
internal sealed class FileDag : IDisposable
{
    private readonly ImportParameters _import;
    private readonly int _chunkSize;
    private readonly IncrementalHash _hash;
    private readonly List<(DagLink Link, long Length)> _leaves = [];
    private int _inChunk;

    public FileDag(ImportParameters import)
    {
        _import = import;
        _chunkSize = import.ChunkSize ?? throw new ArgumentException("Only the node knows this layout.", nameof(import));
        _hash = IncrementalHash.CreateHash(import.Sha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var part = bytes[..Math.Min(bytes.Length, _chunkSize - _inChunk)];
            _hash.AppendData(part);
            _inChunk += part.Length;
            bytes = bytes[part.Length..];
            if (_inChunk == _chunkSize)
                EndLeaf();
        }
    }

    public DagLink Finish()
    {
        if (_inChunk > 0 || _leaves.Count == 0)
            EndLeaf();
        return Combine(_leaves, _import);
    }

    /// <summary>What <see cref="DagLink.Size"/> of a file of this length is: it depends on the layout only, not on the bytes.</summary>
    public static long SizeOf(long length, ImportParameters import)
    {
        var chunk = import.ChunkSize ?? throw new ArgumentException("Only the node knows this layout.", nameof(import));
        if (length <= chunk)
            return length;
        var anyDigest = Cid.Of(1, Cid.RawCodec, new byte[import.Sha512 ? 64 : 32]);
        List<(DagLink, long)> leaves = [];
        for (var rest = length; rest > 0; rest -= chunk)
            leaves.Add((new DagLink(anyDigest, Math.Min(rest, chunk)), Math.Min(rest, chunk)));
        return Combine(leaves, import).Size;
    }

    public void Dispose() => _hash.Dispose();

    private void EndLeaf()
    {
        _leaves.Add((new DagLink(Cid.Of(1, Cid.RawCodec, _hash.GetHashAndReset()), _inChunk), _inChunk));
        _inChunk = 0;
    }

    private static DagLink Combine(List<(DagLink Link, long Length)> level, ImportParameters import)
    {
        while (level.Count > 1)
        {
            level = [.. level.Chunk(ImportParameters.MaxFileLinks).Select(group =>
            {
                var block = DagPb.File([.. group.Select(g => g.Link)], [.. group.Select(g => g.Length)]);
                var cid = Cid.Of(import.CidVersion, Cid.DagPbCodec, DagPb.Digest(block, import.Sha512));
                return (new DagLink(cid, block.Length + group.Sum(g => g.Link.Size)), group.Sum(g => g.Length));
            })];
        }
        return level[0].Link;
    }
}
