namespace SmartCache.Tool.Views;

/// <summary><c>explain-settings --json</c>.</summary>
internal sealed record SettingsView(string Directory, IReadOnlyList<string> Looked, IReadOnlyList<SettingView> Settings, IReadOnlyList<string> UnknownKeys);
