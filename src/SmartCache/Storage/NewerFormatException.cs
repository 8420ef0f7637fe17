namespace SmartCache.Storage;

/// <summary>A file was written by a newer version of the library: a plain miss, left alone, so that old and new workers can run beside each other.</summary>
internal sealed class NewerFormatException(int version)
    : IOException($"Written by a newer version of SmartCache (format {version}).")
{
    public int Version { get; } = version;
}
