using Microsoft.Extensions.Logging;

namespace SmartCache.Diagnostics;

/// <summary>
/// The worker's logging, as the cache and its stages use it. A provider may throw (its disk is full, its connection is gone), and the framework passes that on to
/// whoever logs: a line that cannot be written must cost a job nothing, least of all one whose work is done.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is no place left to say it.
        }
    }

    /// <summary>None is begun here.</summary>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
