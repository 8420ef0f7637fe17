namespace SmartCache.Configuration;

internal enum MaterializeMode
{
    Auto,
    Reflink,
    HardLink,
    Copy,
}
