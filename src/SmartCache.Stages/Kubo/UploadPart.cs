namespace SmartCache.Stages.Kubo;

/// <summary>One part of a multipart body.</summary>
/// <param name="Name">Its file name, which the reply repeats.</param>
/// <param name="ContentType">Its type: nodes tell directories by it.</param>
/// <param name="Length">Bytes.</param>
internal sealed record UploadPart(string Name, string ContentType, long Length)
{
    public const string FileType = "application/octet-stream";
    public const string DirectoryType = "application/x-directory";

    /// <summary>The file on disk; <see langword="null"/> where <see cref="Bytes"/> has the content.</summary>
    public string? Path { get; init; }

    /// <summary>Content from memory.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The SHA-256 that the bytes must have; <see langword="null"/> where none was recorded.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What the node has to call it, known once all bytes went out.</summary>
    public DagLink? Expected { get; set; }
}
