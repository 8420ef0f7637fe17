namespace SmartCache.Tool.Views;

/// <summary>What was asked of a layer, as far as the history reaches: all of it, and of these what a job had asked before.</summary>
internal sealed record RequestsView(string Layer, RequestFiguresView All, RequestFiguresView Retries);
