namespace SmartCache.Tool.Views;

/// <summary>
/// <c>why --json</c> of a job: each thing that it used or asked for, and its last request of each profile that led to no key. It has no id where only the history knows of it.
/// </summary>
internal sealed record WhyJobView(string? Id, string Job, IReadOnlyList<WhyView> Keys, IReadOnlyList<WhyRequestView> WithoutKey);
