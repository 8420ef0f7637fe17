namespace SmartCache.Tool.Views;

/// <summary>An entry that is not as its manifest says, or could not be read.</summary>
internal sealed record WrongEntryView(string Key, string Layer, InspectedVerdict Verdict, string Why);
