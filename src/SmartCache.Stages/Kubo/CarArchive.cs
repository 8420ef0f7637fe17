namespace SmartCache.Stages.Kubo;

/// <summary>A CAR file, version 1: a header with one root, then blocks. The root need not be among them.</summary>
internal static class CarArchive
{
    public static byte[] Write(Cid root, IEnumerable<(Cid Cid, byte[] Block)> blocks)
    {
        using var car = new MemoryStream();
        // dag-cbor of { "roots": [ root ], "version": 1 }; a link is tag 42 on bytes that begin with a zero.
        var length = root.Bytes.Length + 1;
        byte[] header =
        [
            0xA2, 0x65, .. "roots"u8, 0x81, 0xD8, 0x2A, 0x58, (byte)length, 0x00, .. root.Bytes,
            0x67, .. "version"u8, 0x01,
        ];
        Varint.Write(car, (ulong)header.Length);
        car.Write(header);
        foreach (var (cid, block) in blocks)
        {
            Varint.Write(car, (ulong)(cid.Bytes.Length + block.Length));
            car.Write(cid.Bytes);
            car.Write(block);
        }
        return car.ToArray();
    }
}
