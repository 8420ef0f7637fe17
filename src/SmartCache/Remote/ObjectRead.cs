namespace SmartCache;

/// <summary>An object, or a part of one, that is being read.</summary>
/// <param name="entry">The whole object.</param>
/// <param name="length">How many bytes the stream gives.</param>
/// <param name="body">The bytes; disposed of with this.</param>
public sealed class ObjectRead(ObjectEntry entry, long length, Stream body) : IAsyncDisposable
{
    /// <summary>The whole object.</summary>
    public ObjectEntry Entry { get; } = entry;

    /// <summary>How many bytes <see cref="Body"/> gives.</summary>
    public long Length { get; } = length;

    /// <summary>Gives exactly <see cref="Length"/> bytes, or throws.</summary>
    public Stream Body { get; } = body;

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Body.DisposeAsync();
}
