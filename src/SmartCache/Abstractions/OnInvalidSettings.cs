namespace SmartCache.Abstractions;

internal enum OnInvalidSettings
{
    Fail,
    Disable,
}
