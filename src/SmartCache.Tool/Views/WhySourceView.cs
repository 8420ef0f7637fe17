namespace SmartCache.Tool.Views;

/// <summary><c>why --json</c> of a URL or content id: each key that it has; where it has none, what is known of the one that it would have without options and scope.</summary>
internal sealed record WhySourceView(IReadOnlyList<WhySourceKeyView> Keys, WhyView? Plain);
