namespace SmartCache.Storage.Platform;

internal enum FileKind
{
    Regular,
    Directory,
    Other,
}
