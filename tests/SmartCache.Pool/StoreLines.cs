using Microsoft.Extensions.Logging;

namespace SmartCache.Pool;

/// <summary>Counts what a host's log says of the store, warnings and worse.</summary>
internal sealed class StoreLines : ILoggerFactory, ILogger
{
    /// <summary>The event ids of the tier.</summary>
    private const int First = 1000;
    private const int Last = 1099;

    private int _count;

    public int Count => Volatile.Read(ref _count);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It is the only one.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && eventId.Id is >= First and <= Last)
        {
            Interlocked.Increment(ref _count);
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
