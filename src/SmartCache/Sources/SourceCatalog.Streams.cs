using SmartCache.Storage;

namespace SmartCache.Sources;

/// <content>Which contents hold the same streams.</content>
internal sealed partial class SourceCatalog
{
    private const int MaxTwins = 16;

    private readonly KnownFiles<StreamRecord> _streams = new(capacity: 4096);

    /// <summary>Notes which streams a content holds.</summary>
    /// <returns>Whether another content holds the same.</returns>
    public bool NoteStreams(string contentHash, long length, string streams)
    {
        Learn(contentHash, length, facts => facts.Streams == streams ? facts : facts with { Streams = streams });
        using var turn = TurnFor(streams);
        var path = FactsPath(streams);
        if (BoundedFile.Read(layer.Files, path, MaxBytes) is { } bytes && IsOfNewerVersion(bytes))
        {
            return false;
        }

        var known = StreamsAt(streams)?.Contents ?? [];
        if (known.Contains(contentHash))
        {
            Touch(path);
        }
        else
        {
            var contents = known.Append(contentHash).TakeLast(MaxTwins).ToList();
            Write(path, new StreamRecord { Streams = streams, Contents = contents }, SourceJson.Default.StreamRecord);
        }

        return known.Any(other => other != contentHash && Known(other) is { IsDropped: false });
    }

    /// <summary>The other contents that hold the same streams.</summary>
    public IReadOnlyList<string> TwinsOf(string contentHash) =>
        Facts(contentHash)?.Streams is { } streams && ContentName.IsHash(streams) && StreamsAt(streams) is { } record
            ? [.. record.Contents.Where(other => other != contentHash)]
            : [];

    private StreamRecord? StreamsAt(string streams) =>
        Read(FactsPath(streams), SourceJson.Default.StreamRecord, _streams) is { Version: 1 } record && record.Streams == streams ? record : null;
}
