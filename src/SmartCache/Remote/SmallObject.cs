namespace SmartCache.Remote;

/// <summary>A small object, read as a whole.</summary>
/// <param name="Bytes">Its content.</param>
/// <param name="Tag">Its tag.</param>
/// <param name="Modified">When it was stored or last touched, by the store's clock.</param>
internal sealed record SmallObject(byte[] Bytes, string Tag, DateTimeOffset Modified)
{
    /// <summary>Reads one; <see langword="null"/> where there is none. One that is larger than it can be comes empty: that is wrong, and no fault of the store's.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The whole name.</param>
    /// <param name="maxBytes">How large it can be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="goesOn">Is told its length when the answer is there, and again whenever bytes came. Says whether more of it is waited for; otherwise it comes empty.</param>
    /// <exception cref="EndOfStreamException">It ended early.</exception>
    public static async ValueTask<SmallObject?> ReadAsync(IObjectStore store, string name, int maxBytes, CancellationToken cancellationToken, Func<long, bool>? goesOn = null)
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
        for (var got = 0; got < bytes.Length;)
        {
            if (goesOn?.Invoke(bytes.Length) == false)
            {
                return new SmallObject([], read.Entry.Tag, read.Entry.Modified);
            }

            got += await read.Body.ReadAsync(bytes.AsMemory(got), cancellationToken).ConfigureAwait(false) is > 0 and var more ? more : throw new EndOfStreamException();
        }

        return new SmallObject(bytes, read.Entry.Tag, read.Entry.Modified);
    }
}
