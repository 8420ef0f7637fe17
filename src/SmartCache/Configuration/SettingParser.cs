namespace SmartCache.Configuration;

/// <summary>Reads one setting's text into the draft; null when that worked, else what is wrong with the text.</summary>
internal delegate string? SettingParser(string text, SettingsDraft draft);
