namespace SmartCache.Configuration;

/// <summary>A setting's text in the configuration and the name under which it was found there.</summary>
internal readonly record struct SettingOrigin(string Name, string Text);
