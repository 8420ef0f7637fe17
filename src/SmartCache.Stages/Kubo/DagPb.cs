using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Stages.Kubo;

/// <summary>dag-pb blocks with UnixFS inside, in their one canonical spelling: links first, then the data.</summary>
internal static class DagPb
{
    private static readonly byte[] _directory = [0x08, 0x01];

    /// <summary>An inner node of a file.</summary>
    public static byte[] File(IReadOnlyList<DagLink> parts, IReadOnlyList<long> lengths)
    {
        using var data = new MemoryStream();
        data.WriteByte(0x08);
        data.WriteByte(0x02);
        data.WriteByte(0x18);
        Varint.Write(data, (ulong)lengths.Sum());
        foreach (var length in lengths)
        {
            data.WriteByte(0x20);
            Varint.Write(data, (ulong)length);
        }
        return Node(parts.Select(p => (string.Empty, p)), data.ToArray());
    }

    /// <summary>A directory that is not sharded. Its entries are sorted by the bytes of their names.</summary>
    public static byte[] Directory(IEnumerable<(string Name, DagLink Link)> entries) =>
        Node(entries.OrderBy(e => Encoding.UTF8.GetBytes(e.Name), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))), _directory);

    public static byte[] Digest(byte[] block, bool sha512) => sha512 ? SHA512.HashData(block) : SHA256.HashData(block);

    private static byte[] Node(IEnumerable<(string Name, DagLink Link)> links, byte[] data)
    {
        using var node = new MemoryStream();
        foreach (var (name, target) in links)
        {
            using var link = new MemoryStream();
            Field(link, 0x0A, target.Cid.Bytes);
            Field(link, 0x12, Encoding.UTF8.GetBytes(name));
            link.WriteByte(0x18);
            Varint.Write(link, (ulong)target.Size);
            Field(node, 0x12, link.GetBuffer().AsSpan(0, (int)link.Length));
        }
        Field(node, 0x0A, data);
        return node.ToArray();
    }

    private static void Field(MemoryStream stream, byte tag, ReadOnlySpan<byte> value)
    {
        stream.WriteByte(tag);
        Varint.Write(stream, (ulong)value.Length);
        stream.Write(value);
    }
}
