namespace SmartCache;

/// <summary>One file of a tree to upload.</summary>
public sealed record UploadFile
{
    /// <summary>Path below <see cref="UploadRequest.Directory"/>, with forward slashes.</summary>
    public required string RelativePath { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>SHA-256 of the bytes, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}
