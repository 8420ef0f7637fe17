namespace SmartCache.Tool.Views;

/// <summary>The history in steps of equal length, the first one first, those without an event too.</summary>
internal sealed record TimelineView(double StepSeconds, IReadOnlyList<TimelineStepView> Steps);
