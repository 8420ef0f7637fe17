using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Fuzz;

/// <summary>Keeps what the cache said about its faults.</summary>
internal sealed class FuzzLog : ILogger
{
    private const int FaultEvent = 400;
    private readonly ConcurrentQueue<string> _faults = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception);
        if (eventId.Id == FaultEvent)
        {
            _faults.Enqueue(text);
        }
    }

    public string[] TakeFaults()
    {
        var faults = _faults.ToArray();
        _faults.Clear();
        return faults;
    }
}
