using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EncoderWorker.Serving;

/// <summary>One video as the server gives it: a file, and for the jobs that need a source of their own a few bytes behind it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Suffix">Bytes that follow the file's.</param>
/// <param name="Length">Length of both.</param>
/// <param name="Sha256">Hash of both, 64 hexadecimal digits.</param>
internal sealed record ServedVideo(string Path, byte[] Suffix, long Length, string Sha256)
{
    public static Task<ServedVideo> OpenAsync(string path, CancellationToken cancellationToken) => OpenAsync(path, [], cancellationToken);

    /// <summary>The same pictures, other bytes: an empty MP4 box that names the variant, which every player skips.</summary>
    public static Task<ServedVideo> OpenVariantAsync(string path, int variant, CancellationToken cancellationToken)
    {
        var box = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        "free"u8.CopyTo(box.AsSpan(4));
        BinaryPrimitives.WriteInt64BigEndian(box.AsSpan(8), variant);
        return OpenAsync(path, box, cancellationToken);
    }

    public static bool CanVary(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[8];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && Encoding.ASCII.GetString(head, 4, 4) == "ftyp";
    }

    private static async Task<ServedVideo> OpenAsync(string path, byte[] suffix, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.OpenRead(path);
        var buffer = new byte[1 << 20];
        for (int read; (read = await file.ReadAsync(buffer, cancellationToken)) > 0;)
            hash.AppendData(buffer, 0, read);
        hash.AppendData(suffix);
        return new ServedVideo(path, suffix, file.Length + suffix.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
