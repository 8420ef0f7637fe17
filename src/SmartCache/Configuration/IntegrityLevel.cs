namespace SmartCache.Configuration;

internal enum IntegrityLevel
{
    Quick,
    Full,
}
