namespace SmartCache.Tool.Views;

/// <summary>Entries that a limit or their age took; of regrets, those that were made again.</summary>
internal sealed record GoneView(string Layer, string Limit, int Entries, long Bytes, double CostSeconds);
