using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Stages;

/// <summary>Keeps every log line with its exception.</summary>
internal sealed class LogList : ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{eventId.Id} {formatter(state, exception)} {exception}");
    }
}
