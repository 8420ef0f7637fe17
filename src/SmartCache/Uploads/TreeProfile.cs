namespace SmartCache.Uploads;

/// <summary>
/// A profile's part of the tree. Its key is the hash of the files that really lie under its directory: the same as <see cref="EncodedProfile.ContentHash"/>
/// as long as nothing strays there, and where something does, the directory's CID belongs to the files with the stray.
/// </summary>
internal sealed record TreeProfile(string Name, string? Directory, string? Hash, IReadOnlyList<UploadFile> Files, IReadOnlyList<ContentKey> FileKeys)
{
    public ContentKey? Key => ContentKey.TryParse(Hash, out var key) ? key : null;
}
