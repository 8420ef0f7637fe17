namespace SmartCache.Tool.Views;

/// <summary>An option in which what is asked for and what is there differ.</summary>
internal sealed record WhyDifferenceView(string Name, string? Wanted, string? Present);
