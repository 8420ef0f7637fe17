namespace SmartCache.Configuration;

internal enum OnInvalidSettings
{
    Fail,
    Disable,
}
