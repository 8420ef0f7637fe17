namespace SmartCache.Tool.Views;

/// <summary>What happened to a layer in one step.</summary>
internal sealed record TimelineLayerView
{
    public required string Layer { get; init; }

    /// <summary>
    /// What it took at the end of the step, reckoned back from what lies there now by what was stored and what went; <see langword="null"/> of uploads, and where the layer
    /// cannot be read.
    /// </summary>
    public required long? Bytes { get; init; }

    public required RequestFiguresView All { get; init; }

    public required RequestFiguresView Retries { get; init; }

    /// <summary>Entries that a limit or their age took.</summary>
    public required int Evicted { get; init; }

    /// <summary>Of entries that went so, then or before: those that were made again.</summary>
    public required int MadeAgain { get; init; }
}
