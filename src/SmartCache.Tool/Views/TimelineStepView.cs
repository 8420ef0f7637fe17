namespace SmartCache.Tool.Views;

/// <summary>One step: when it begins, and what happened in it.</summary>
internal sealed record TimelineStepView(DateTimeOffset From, IReadOnlyList<TimelineLayerView> Layers);
