namespace SmartCache.Sources;

/// <summary>The contents that hold the same streams. Lies in <c>facts/</c> under the name of the streams' hash.</summary>
internal sealed record StreamRecord
{
    public int Version { get; init; } = 1;

    public required string Streams { get; init; }

    /// <summary>Hashes of the contents, newest last.</summary>
    public IReadOnlyList<string> Contents { get; init => field = value is null ? [] : [.. value.Where(static hash => hash is not null && Storage.ContentName.IsHash(hash))]; } = [];
}
