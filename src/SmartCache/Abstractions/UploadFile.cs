namespace SmartCache;

/// <summary>One file of a tree to upload.</summary>
/// <param name="RelativePath">Path below <see cref="UploadRequest.Directory"/>, with forward slashes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Sha256">SHA-256 of the content, 64 lower-case hexadecimal digits.</param>
public sealed record UploadFile(string RelativePath, long Length, string Sha256);
