namespace SmartCache.Storage;

/// <summary>Sees the bytes of a file as they are hashed, from the first to the last, so that nothing has to be read again for it. Never throws.</summary>
internal interface IHashedBytes
{
    void See(ReadOnlySpan<byte> bytes);
}
