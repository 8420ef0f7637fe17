namespace SmartCache.Tool.Views;

/// <summary>What other sizes and policies would have spared of the recorded work.</summary>
internal sealed record ReplayView(int Requests, long FootprintBytes, double WorkSeconds, IReadOnlyList<ReplayRunView> Runs);
