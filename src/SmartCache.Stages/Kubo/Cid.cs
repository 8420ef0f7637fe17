using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SmartCache.Stages.Kubo;

/// <summary>
/// A content id. Version 1 is written in lower-case base32 and read in base32 and base58 (js-ipfs answers so), version 0 in
/// base58 without a prefix. Whatever else a reply holds is not a CID.
/// </summary>
internal sealed class Cid : IEquatable<Cid>
{
    public const int RawCodec = 0x55;
    public const int DagPbCodec = 0x70;
    private const int Sha256Code = 0x12;
    private const int Sha512Code = 0x13;

    // dag-pb nodes without content: the empty block, the empty directory, the empty file.
    private static readonly byte[][] _emptyNodes = [[], [0x0A, 0x02, 0x08, 0x01], [0x0A, 0x04, 0x08, 0x02, 0x18, 0x00], [0x0A, 0x02, 0x08, 0x02]];
    private static readonly HashSet<string> _emptyDigests =
        [.. _emptyNodes.Select(b => Convert.ToHexString(SHA256.HashData(b))), .. _emptyNodes.Select(b => Convert.ToHexString(SHA512.HashData(b)))];

    private readonly byte[] _bytes;

    private Cid(int version, int codec, byte[] bytes, int digestAt)
    {
        Version = version;
        Codec = codec;
        _bytes = bytes;
        DigestAt = digestAt;
    }

    public int Version { get; }

    public int Codec { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> Digest => _bytes.AsSpan(DigestAt);

    /// <summary>Whether it stands for nothing: no bytes, no files. A node that lost the content on the way answers with one of these.</summary>
    public bool IsEmpty => _emptyDigests.Contains(Convert.ToHexString(Digest));

    private int DigestAt { get; }

    /// <summary>The CID of a block.</summary>
    public static Cid Of(int version, int codec, ReadOnlySpan<byte> digest)
    {
        var code = (byte)(digest.Length == 64 ? Sha512Code : Sha256Code);
        byte[] multihash = [code, (byte)digest.Length, .. digest];
        return version == 0 && codec == DagPbCodec && code == Sha256Code
            ? new Cid(0, codec, multihash, 2)
            : new Cid(1, codec, [1, (byte)codec, .. multihash], 4);
    }

    public static bool TryParse(string? text, [NotNullWhen(true)] out Cid? cid)
    {
        cid = null;
        if (text is null || text.Length is < 8 or > 256)
            return false;
        if (text.Length == 46 && text.StartsWith("Qm", StringComparison.Ordinal))
        {
            if (Multibase.FromBase58(text) is { Length: 34 } v0 && v0[0] == Sha256Code && v0[1] == 32)
                cid = new Cid(0, DagPbCodec, v0, 2);
            return cid is not null;
        }
        var bytes = text[0] switch
        {
            'b' => Multibase.FromBase32(text.AsSpan(1)),
            'z' => Multibase.FromBase58(text.AsSpan(1)),
            _ => null,
        };
        return bytes is not null && TryParse(bytes, out cid);
    }

    private static bool TryParse(byte[] bytes, [NotNullWhen(true)] out Cid? cid)
    {
        cid = null;
        ReadOnlySpan<byte> rest = bytes;
        if (!Varint.TryRead(ref rest, out var version) || version != 1
            || !Varint.TryRead(ref rest, out var codec) || codec is not (RawCodec or DagPbCodec)
            || !Varint.TryRead(ref rest, out var hash)
            || !Varint.TryRead(ref rest, out var length) || length != (ulong)rest.Length || length is < 16 or > 64
            || (hash == Sha256Code && length != 32) || (hash == Sha512Code && length != 64))
            return false;
        cid = new Cid(1, (int)codec, bytes, bytes.Length - rest.Length);
        return true;
    }

    /// <summary>The same block named by version 1, which is what version 1 was asked for when a node still answers with version 0.</summary>
    public Cid ToVersion1() => Version == 1 ? this : new Cid(1, Codec, [1, (byte)Codec, .. _bytes], DigestAt + 2);

    public bool Equals(Cid? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => Equals(obj as Cid);

    public override int GetHashCode() => BitConverter.ToInt32(Digest[..4]);

    public override string ToString() => Version == 0 ? Multibase.ToBase58(_bytes) : "b" + Multibase.ToBase32(_bytes);
}
