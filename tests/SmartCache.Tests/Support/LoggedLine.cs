using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Support;

/// <summary>A line as people read it, and as machines do.</summary>
internal sealed record LoggedLine(LogLevel Level, int EventId, string Text, IReadOnlyList<KeyValuePair<string, object?>> Values)
{
    /// <summary>What the line has under a name; <see langword="null"/> where it has none.</summary>
    public object? this[string name] => Values.FirstOrDefault(value => value.Key == name).Value;
}
