namespace SmartCache.FFMpegCore.Results;

/// <summary>Reads a file of MPEG-TS in blocks of whole packets.</summary>
internal static class TransportStreamFile
{
    private const int BlockLength = TransportPacket.Length * 1024;

    public delegate bool PacketReader(TransportPacket packet);

    /// <param name="path">The file.</param>
    /// <param name="read">Is given each packet, and may change it in memory; false ends the reading.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False where a packet is cut or has no mark, or <paramref name="read"/> said so.</returns>
    public static async Task<bool> ReadAsync(string path, PacketReader read, CancellationToken cancellationToken)
    {
        var buffer = new byte[BlockLength];
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        await using var _ = file.ConfigureAwait(false);
        for (; ; )
        {
            var length = await file.ReadAtLeastAsync(buffer, BlockLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (length == 0)
                return true;
            if (length % TransportPacket.Length != 0 || !Read(buffer.AsSpan(0, length), read))
                return false;
        }
    }

    private static bool Read(Span<byte> packets, PacketReader read)
    {
        for (; packets.Length > 0; packets = packets[TransportPacket.Length..])
        {
            var packet = new TransportPacket(packets[..TransportPacket.Length]);
            if (!packet.HasMark || !read(packet))
                return false;
        }

        return true;
    }
}
