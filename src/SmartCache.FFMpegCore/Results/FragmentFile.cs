using System.Buffers.Binary;
using System.Text;

namespace SmartCache.FFMpegCore.Results;

/// <summary>Reads a file of fragments of MP4, whose head is in another file: fragments, each with its samples behind it.</summary>
internal static class FragmentFile
{
    // A head has at most 16 bytes for each sample: this one is of ten hours.
    private const int MostOfHead = 1 << 26;

    private const int BoxHead = 8, LongBoxHead = 16;

    public delegate bool FragmentReader(Fragment fragment);

    /// <param name="path">The file.</param>
    /// <param name="read">Is given each fragment, and may change it in memory; false ends the reading.</param>
    /// <param name="copy">Gets the fragments as they are then, with their samples; <see langword="null"/>: no sample is read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False where the file does not end where its last box does, or is not made so, or <paramref name="read"/> said so.</returns>
    public static async Task<bool> ReadAsync(string path, FragmentReader read, Stream? copy, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: copy is null ? 4096 : 1 << 16);
        await using var _ = file.ConfigureAwait(false);
        try
        {
            return await ReadAsync(file, read, copy, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
    }

    private static async Task<bool> ReadAsync(Stream file, FragmentReader read, Stream? copy, CancellationToken cancellationToken)
    {
        Fragment? fragment = null;
        var isAny = false;
        while (file.Position < file.Length)
        {
            var (head, name, length) = await NextAsync(file, cancellationToken).ConfigureAwait(false);
            switch (name)
            {
                case "moof" when fragment is null && length <= MostOfHead:
                    var moof = new byte[head.Length + length];
                    head.CopyTo(moof, 0);
                    await file.ReadExactlyAsync(moof.AsMemory(head.Length), cancellationToken).ConfigureAwait(false);
                    fragment = new Fragment(moof);
                    break;
                case "mdat" when fragment is not null && fragment.Tracks.Sum(static track => track.Bytes) <= length:
                    if (!read(fragment))
                        return false;
                    await PassAsync(file, copy is null ? null : (copy, fragment.Bytes, head), length, cancellationToken).ConfigureAwait(false);
                    (fragment, isAny) = (null, true);
                    break;
                case "moof" or "mdat" or "moov":
                    return false;
                default:
                    file.Position += length;
                    break;
            }
        }

        return isAny && fragment is null;
    }

    /// <returns>The head of the next box, its name, and how long its body is.</returns>
    private static async Task<(byte[] Head, string Name, long Length)> NextAsync(Stream file, CancellationToken cancellationToken)
    {
        var head = new byte[BoxHead];
        await file.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
        var length = (ulong)BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length == 1)
        {
            Array.Resize(ref head, LongBoxHead);
            await file.ReadExactlyAsync(head.AsMemory(BoxHead), cancellationToken).ConfigureAwait(false);
            length = BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(BoxHead));
        }

        var left = (ulong)(file.Length - file.Position);
        return length >= (ulong)head.Length && length - (ulong)head.Length <= left
            ? (head, Encoding.Latin1.GetString(head, 4, 4), (long)length - head.Length)
            : throw new InvalidDataException();
    }

    private static async Task PassAsync(Stream file, (Stream To, byte[] Fragment, byte[] Head)? copy, long length, CancellationToken cancellationToken)
    {
        if (copy is not var (to, fragment, head))
        {
            file.Position += length;
            return;
        }

        await to.WriteAsync(fragment, cancellationToken).ConfigureAwait(false);
        await to.WriteAsync(head, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[Math.Min(length, 1 << 16)];
        for (int count; length > 0; length -= count)
        {
            count = (int)Math.Min(length, buffer.Length);
            await file.ReadExactlyAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }
}
