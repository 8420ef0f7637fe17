using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Configuration;

/// <summary>Keeps what was logged; also a provider and a factory, so that a host or a bare container can use it.</summary>
internal sealed class RecordingLogger : ILoggerProvider, ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(int Id, LogLevel Level, string Text)> Lines => [.. _lines.Where(line => line.Id is >= 600 and < 700)];

    /// <summary>Whether the sink is out of order.</summary>
    public bool Throws { get; set; }

    public IEnumerable<string> Of(int id) => Lines.Where(line => line.Id == id).Select(line => line.Text);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ObjectDisposedException.ThrowIf(Throws, this);
        _lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}
