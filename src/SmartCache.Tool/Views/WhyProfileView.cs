namespace SmartCache.Tool.Views;

/// <summary><c>why --profile --json</c>: each key of the profile that is there, was asked for or was stored.</summary>
internal sealed record WhyProfileView(string Profile, IReadOnlyList<WhyView> Keys);
