namespace SmartCache.Remote;

/// <summary>A small object in memory.</summary>
internal sealed class BytesBody(byte[] content) : IObjectBody
{
    public long Length => content.Length;

    public Stream Open(long offset, long count) => new MemoryStream(content, (int)offset, (int)count, writable: false);
}
