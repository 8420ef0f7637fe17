namespace SmartCache.Storage.Platform;

/// <summary>Reads a file from its beginning in pieces, without making others pay for it: what they have in the page cache stays there, and what is read does not get in.</summary>
internal abstract class UncachedReader : IDisposable
{
    /// <summary>How much one read gives at most.</summary>
    protected const int PieceSize = 1 << 20;

    /// <summary>The next piece, valid until the next call; empty at the end.</summary>
    public abstract ReadOnlySpan<byte> Read();

    public abstract void Dispose();
}
