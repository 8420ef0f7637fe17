using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Pool;

/// <summary>Counts what a host's log says of the store, warnings and worse.</summary>
internal sealed class StoreLines : ILoggerFactory, ILogger
{
    /// <summary>The event that says that something was dropped which was owed.</summary>
    public const int Dropped = 1005;

    /// <summary>The event ids of the tier.</summary>
    private const int First = 1000;
    private const int Last = 1099;

    private readonly ConcurrentDictionary<int, int> _counts = new();

    public int Count => _counts.Values.Sum();

    public int CountOf(int id) => _counts.GetValueOrDefault(id);

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
            _counts.AddOrUpdate(eventId.Id, 1, static (_, count) => count + 1);
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
