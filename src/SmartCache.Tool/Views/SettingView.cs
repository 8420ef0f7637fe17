namespace SmartCache.Tool.Views;

/// <summary>One setting of <c>explain-settings --json</c>.</summary>
internal sealed record SettingView(string Key, string Value, bool IsDefault, string Origin, string? Problem, bool NeedsRestart, string Meaning);
