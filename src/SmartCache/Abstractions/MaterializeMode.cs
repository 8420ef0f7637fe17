namespace SmartCache.Abstractions;

internal enum MaterializeMode
{
    Auto,
    Reflink,
    HardLink,
    Copy,
}
