namespace SmartCache.Storage;

internal sealed record ManifestFile(string Path, long Length, string Sha256);
