using Microsoft.Extensions.Logging;

namespace SmartCache.Benchmarks;

/// <summary>Counts what the cache logs as a warning or worse, and keeps the first of it.</summary>
internal sealed class WarningCounter : ILogger
{
    private int _count;

    public int Count => _count;

    public string? First { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && Interlocked.Increment(ref _count) == 1)
        {
            First = formatter(state, exception);
        }
    }
}
