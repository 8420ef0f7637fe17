using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmartCache.Worker.WholeJob;

/// <summary>Keeps which warnings and errors the cache said, and all its lines for whoever has to find out why.</summary>
internal sealed class WarningIds : ILoggerProvider, ILogger
{
    // That the disk of a test is small, or in memory, or another one than the work's, is no trouble.
    private static readonly int[] _news = [415, 803, 804];
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, bool> _said = new();

    public string[] Said => [.. _said.Keys.Order(StringComparer.Ordinal)];

    public override string ToString() => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)}{exception}");
        if (logLevel >= LogLevel.Warning && !_news.Contains(eventId.Id))
        {
            _said[string.Create(CultureInfo.InvariantCulture, $"{(logLevel == LogLevel.Warning ? "warning" : "error")} {eventId.Id}")] = true;
        }
    }

    public void Dispose()
    {
    }
}
