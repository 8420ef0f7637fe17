namespace SmartCache.Abstractions;

internal enum IntegrityLevel
{
    Quick,
    Full,
}
