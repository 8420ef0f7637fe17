namespace SmartCache.Remote;

/// <summary>A small object, read as a whole.</summary>
/// <param name="Bytes">Its content.</param>
/// <param name="Tag">Its tag.</param>
/// <param name="Modified">When it was stored or last touched, by the store's clock.</param>
internal sealed record SmallObject(byte[] Bytes, string Tag, DateTimeOffset Modified)
{
    /// <summary>Reads one; <see langword="null"/> where there is none. One that is larger than it can be comes empty: that is wrong, and no fault of the store's.</summary>
    /// <exception cref="ObjectStoreException">It ended early.</exception>
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
            return new SmallObject([], read.Entry.Tag, read.Entry.Modified);
        }

        var bytes = new byte[read.Length];
        await read.Body.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new SmallObject(bytes, read.Entry.Tag, read.Entry.Modified);
    }
}
