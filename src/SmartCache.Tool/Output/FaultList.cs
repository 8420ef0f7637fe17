using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Tool.Output;

/// <summary>What the library logs as a fault while the tool changes something: it fails by no exception, and this says why something stayed.</summary>
internal sealed class FaultList : ILoggerFactory, ILogger
{
    private const int Most = 10;

    private readonly ConcurrentQueue<string> _faults = new();

    public IReadOnlyList<string> Faults => [.. _faults.Distinct(StringComparer.Ordinal).Take(Most)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It keeps what it hears itself.");

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && _faults.Count < 1000)
        {
            _faults.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
