namespace SmartCache.Remote;

/// <summary>A small object, read as a whole.</summary>
/// <param name="Bytes">Its content.</param>
/// <param name="Tag">Its tag.</param>
internal sealed record SmallObject(byte[] Bytes, string Tag)
{
    /// <summary>Reads one; <see langword="null"/> where there is none.</summary>
    /// <exception cref="ObjectStoreException">It is larger than it can be, or ended early.</exception>
    public static async ValueTask<SmallObject?> ReadAsync(IObjectStore store, string name, int maxBytes, CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(name, new ObjectRange(0, maxBytes), null, cancellationToken).ConfigureAwait(false);
        if (read is null)
        {
            return null;
        }

        await using var closing = read.ConfigureAwait(false);
        if (read.Length > maxBytes || read.Entry.Length != read.Length)
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "A small object is too large.");
        }

        var bytes = new byte[read.Length];
        await read.Body.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new SmallObject(bytes, read.Entry.Tag);
    }
}
