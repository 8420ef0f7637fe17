namespace SmartCache.Configuration;

/// <summary>One setting that cannot be used, and the whole sentence about it.</summary>
internal sealed record SettingFailure(SettingKey Key, string Message);
